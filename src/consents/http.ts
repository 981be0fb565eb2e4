export { ConsentForm, parseConsentForm } from './page/consent-form.ts';
export {
  consentPage,
  decisionOn,
  presentConsent,
  type ConsentPageModel,
} from './page/consent-views.ts';
export { presentPreview, type PreviewModel } from './page/preview-views.ts';
export { presentPreviewRows } from './page/preview-rows-views.ts';
export type { ChoiceView, ConsentPlace } from './page/consent-item-views.ts';
export { consentGuideRoutes } from './page/consent-guide-routes.ts';
export { createConsentExample, type ConsentExampleDeps } from './page/consent-example-views.ts';
