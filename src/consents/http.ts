export { presentPreview, type PreviewModel } from './page/preview-views.ts';
export type { ChoiceView } from './page/consent-views.ts';
