// Creates and uses passkeys (WebAuthn). The forms stay hidden without this script and in browsers that cannot keep passkeys.
const MINUTE_MS = 60_000;
/** Challenges are valid for ten minutes. */
const RENEW_AFTER_MS = 8 * MINUTE_MS;
const KEPT_SECONDS = 86_400;

const forms = [...document.querySelectorAll('form[data-passkey]')];
// Passkeys are bound to a domain, so a site without one has none.
const isDomain = !/^\[|^[\d.]+$/.test(location.hostname);
let pending;
let loadedAt = Date.now();

if (forms.length > 0 && window.PublicKeyCredential !== undefined && isDomain) {
  for (const form of forms) offer(form);
  const autofill = forms.find((form) => 'autofill' in form.dataset);
  if (autofill) fillIn(autofill).catch(() => undefined);
  if (autofill) noteSupport().catch(() => undefined);
}

function offer(form) {
  form.hidden = false;
  for (const note of document.querySelectorAll('[data-passkey-unsupported]')) note.hidden = true;
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const button = form.querySelector('button');
    button.disabled = true;
    use(form)
      .catch((error) => explain(form, error))
      .finally(() => {
        button.disabled = false;
      });
  });
}

async function use(form) {
  pending?.abort();
  await renew(form);
  const publicKey = optionsOf(form);
  const credential =
    form.dataset.passkey === 'create'
      ? await navigator.credentials.create({ publicKey })
      : await navigator.credentials.get({ publicKey });
  send(form, credential);
}

/** The browser offers passkeys among the names that it fills in. It waits until the person selects one. */
async function fillIn(form) {
  if (!(await PublicKeyCredential.isConditionalMediationAvailable?.())) return;
  for (;;) {
    const waiting = new AbortController();
    pending = waiting;
    const timer = setTimeout(() => waiting.abort('renew'), RENEW_AFTER_MS);
    try {
      const credential = await navigator.credentials.get({
        publicKey: optionsOf(form),
        mediation: 'conditional',
        signal: waiting.signal,
      });
      return send(form, credential);
    } catch (error) {
      if (waiting.signal.reason !== 'renew') throw error;
      await renew(form);
    } finally {
      clearTimeout(timer);
    }
  }
}

function send(form, credential) {
  form.elements.answer.value = JSON.stringify(toJSON(credential));
  // The page of the name has the box in its other form.
  const box = document.querySelector('input[type=checkbox][name=remember]');
  if (box && form.elements.remember) form.elements.remember.value = box.checked ? 'yes' : '';
  form.submit();
}

/** Takes a new challenge from the same page when the present one is about to expire. */
async function renew(form) {
  if (Date.now() - loadedAt < RENEW_AFTER_MS) return;
  const response = await fetch(location.href);
  const page = new DOMParser().parseFromString(await response.text(), 'text/html');
  const next = [...page.querySelectorAll('form[data-passkey]')].find(
    (other) => other.getAttribute('action') === form.getAttribute('action'),
  );
  if (!next) return;
  form.dataset.options = next.dataset.options;
  form.elements.ticket.value = next.elements.ticket.value;
  loadedAt = Date.now();
}

function explain(form, error) {
  const isKnown = form.dataset.passkey === 'create' && error?.name === 'InvalidStateError';
  for (const note of form.querySelectorAll('[data-passkey-failed]'))
    note.hidden = (note.dataset.passkeyFailed === 'exists') !== isKnown;
}

/** The server offers a passkey after a password only to browsers that can keep one. */
async function noteSupport() {
  if (!(await PublicKeyCredential.isUserVerifyingPlatformAuthenticatorAvailable())) return;
  const isSecure = location.protocol === 'https:';
  const name = `${isSecure ? '__Secure-' : ''}consentry-passkeys`;
  const attributes = `Path=/interaction; SameSite=Lax; Max-Age=${KEPT_SECONDS}${isSecure ? '; Secure' : ''}`;
  document.cookie = `${name}=yes; ${attributes}`;
}

function optionsOf(form) {
  const json = JSON.parse(form.dataset.options);
  if (form.dataset.passkey === 'create')
    return PublicKeyCredential.parseCreationOptionsFromJSON?.(json) ?? withBytes(json);
  return PublicKeyCredential.parseRequestOptionsFromJSON?.(json) ?? withBytes(json);
}

/** For browsers that cannot read options from JSON. */
function withBytes(json) {
  const read = { ...json, challenge: toBytes(json.challenge) };
  if (json.user) read.user = { ...json.user, id: toBytes(json.user.id) };
  for (const list of ['allowCredentials', 'excludeCredentials'])
    if (json[list]) read[list] = json[list].map((known) => ({ ...known, id: toBytes(known.id) }));
  return read;
}

function toJSON(credential) {
  if (credential.toJSON) return credential.toJSON();
  const { id, rawId, type, response } = credential;
  const members = ['clientDataJSON', 'attestationObject', 'authenticatorData', 'signature', 'userHandle'];
  const answer = {};
  for (const name of members) if (response[name]) answer[name] = toText(response[name]);
  if (response.getTransports) answer.transports = response.getTransports();
  return { id, rawId: toText(rawId), type, response: answer, clientExtensionResults: {} };
}

function toBytes(text) {
  const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  return Uint8Array.from(binary, (letter) => letter.charCodeAt(0));
}

function toText(buffer) {
  const binary = String.fromCharCode(...new Uint8Array(buffer));
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}
