export { ConsentForm, parseConsentForm, type ConsentFormResult } from './page/consent-form.ts';
export { promptAsShown, type Words } from './page/consent-text-views.ts';
export {
  consentPage,
  decisionOn,
  presentConsent,
  type ChoiceView,
  type ConsentPageModel,
  type ConsentPlace,
} from './page/consent-views.ts';
export { presentPreview, type PreviewModel } from './page/preview-views.ts';
