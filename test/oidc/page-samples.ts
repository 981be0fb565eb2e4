import { gatewayStoppedPage } from '../../src/oidc/gateways/gateway-routes.ts';
import {
  errorPage,
  passOnPage,
  signedOutPage,
  signOutPage,
} from '../../src/oidc/provider-views.ts';
import { refusedSignOutPage } from '../../src/oidc/refused-sign-out-views.ts';
import { addSample } from '../support/browser/page-samples.ts';

addSample(errorPage, {
  reason: 'app',
  description: "redirect_uri did not match any of the client's registered redirect_uris",
  code: 'invalid_redirect_uri',
  unknownAddress: 'https://bookshop.example/callback/of/the/version/before/this/one?tenant=17',
  unknownClientId: null,
  app: { name: 'Bookshop', settingsHref: '/developer/apps/app_1/settings' },
  requestId: '0191c0de-0000-7000-8000-000000000000',
});

addSample(signOutPage, {
  form: '<form id="op.logoutForm" method="post" action="/session/end/confirm"><input type="hidden" name="xsrf" value="x"/></form>',
  appName: 'Bookshop',
  isOtherAccount: true,
  uiLocales: 'ru',
});

addSample(signedOutPage, {
  appName: 'Bookshop',
  homeHref: 'https://bookshop.example/',
});

addSample(refusedSignOutPage, {
  app: {
    name: 'Bookshop of the Old Harbour Company',
    homeHref: 'https://bookshop.example/',
    settingsHref: '/developer/apps/app_1/settings',
  },
  signOutHref: '/session/end',
  description: 'post_logout_redirect_uri not registered',
  code: 'invalid_request',
  unknownAddress: 'https://bookshop.example/goodbye/of/the/version/before/this/one?tenant=17',
  requestId: '0191c0de-0000-7000-8000-000000000000',
});

addSample(passOnPage, {
  target: 'app',
  name: 'Bookshop of the Old Harbour Company',
  host: 'bookshop.example',
  action: 'https://bookshop.example/callback',
  fields: [{ name: 'code', value: 'ab12' }],
});

addSample(gatewayStoppedPage, {
  appName: 'Wiki of the Old Harbour Company',
  siteAddress: 'https://wiki.example/',
  reason: 'refused',
});
