// Checks a new password while it is typed, by the rules and the list that the server uses. Nothing is sent. Without this script the
// server checks alone.
const PERSONAL = ['email', 'name', 'username'];
/** Announcing every key would interrupt a screen reader. */
const PAUSE_MS = 500;
/** In characters; each of them is a choice that an attacker has to guess. */
const STRONG = 20;
const STRONG_VARIETY = 8;

for (const box of document.querySelectorAll('[data-password-check]')) watch(box);

function watch(box) {
  const input = document.getElementById(box.dataset.passwordCheck);
  const verdict = box.querySelector('.password-verdict');
  let loading;
  let timer;
  const show = async () => {
    const text = input.value;
    if (text !== '') loading ??= load(box.dataset);
    const level = text === '' ? null : await judge(await loading, { text, box, input });
    if (input.value !== text) return;
    box.dataset.level = level?.name ?? '';
    clearTimeout(timer);
    const words = level?.text ?? '';
    timer = setTimeout(() => {
      if (verdict.textContent !== words) verdict.textContent = words;
    }, PAUSE_MS);
  };
  input.setAttribute(
    'aria-describedby',
    [input.getAttribute('aria-describedby'), verdict.id].filter(Boolean).join(' '),
  );
  box.hidden = false;
  for (const field of [input, ...personalFields(input)])
    field.addEventListener('input', () => show().catch(() => undefined));
  // A password manager or the way back may have filled the field.
  if (input.value !== '') show().catch(() => undefined);
}

async function load({ rules, reader, list }) {
  // A slow network delays the check of the list, but not of the other rules.
  const opening = openList(list, reader);
  return { rules: await import(rules), opening };
}

/** Null: the list cannot be checked here. Browsers compute digests only on secure sites. */
async function openList(address, reader) {
  if (address === undefined || crypto.subtle === undefined) return null;
  const [file, { openPasswordList }] = await Promise.all([fetchList(address), import(reader)]);
  return file === null ? null : openPasswordList(file);
}

async function fetchList(address) {
  const response = await fetch(address).catch(() => null);
  return response?.ok ? new Uint8Array(await response.arrayBuffer()) : null;
}

async function judge({ rules, opening }, { text, box, input }) {
  const { shortest, words } = box.dataset;
  const personal = rules.wordsOf(personalFields(input).map((field) => field.value));
  const limits = { shortest: Number(shortest), words: [...JSON.parse(words), ...personal] };
  const refusal = (code) => ({ name: 'refused', text: textOf(box, code).replace('{n}', length) });
  const length = rules.lengthOf(text);
  const fault = rules.findFault(text, limits);
  if (fault !== null) return refusal(fault);
  const list = await opening;
  if (list === null) return { name: 'good', text: box.dataset.unchecked };
  if (await isListed(rules, list, text)) return refusal('password_common');
  const isStrong = length >= STRONG && new Set(text).size >= STRONG_VARIETY;
  return isStrong
    ? { name: 'strong', text: box.dataset.strong }
    : { name: 'good', text: box.dataset.good };
}

function textOf(box, code) {
  return box.getAttribute(`data-${code.replaceAll('_', '-')}`) ?? '';
}

async function isListed(rules, list, text) {
  for (const form of rules.commonForms(text)) {
    const digest = await crypto.subtle.digest('SHA-1', new TextEncoder().encode(form));
    if (list.has(new Uint8Array(digest))) return true;
  }
  return false;
}

function personalFields(input) {
  return PERSONAL.flatMap((name) => input.form?.elements.namedItem(name) ?? []);
}
