// The script of the page: what the documentation of oidc-client-ts shows. `oidc` is the global of its browser build.
const settings = await (await fetch('/settings.json')).json();
const manager = new oidc.UserManager({
  ...settings,
  redirect_uri: `${location.origin}/callback`,
  post_logout_redirect_uri: `${location.origin}/`,
  scope: 'openid profile email offline_access',
});
globalThis.manager = manager;

if (location.pathname === '/callback') await manager.signinRedirectCallback();
const user = await manager.getUser();
document.querySelector('#state').textContent = user === null ? 'signed out' : 'signed in';
