import {
  COMPONENTS,
  componentsPage,
  INTERACTION,
  interactionPage,
  signInPage,
} from '../../src/http/pages/design-guide-routes.ts';
import { errorPage } from '../../src/http/pages/error-page.ts';
import { addSample } from '../support/page-samples.ts';

addSample(componentsPage, COMPONENTS);
addSample(interactionPage, INTERACTION);
addSample(signInPage, {});

export const errorSample = addSample(errorPage, {
  status: 503,
  code: 'database_unavailable',
  requestId: '5f0c7a3e-6d0b-4d6f-9a55-3b0f0f5a9a11',
  detail: 'connect ECONNREFUSED 127.0.0.1:5432',
});
