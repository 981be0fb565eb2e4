// Keeps the sentence above the buttons and the preview in step with the choices. Without this script a button shows the preview, and a
// changed page replaces the sentence by a general one.
const form = document.querySelector('form.consent');
const foot = form?.querySelector('[data-words]');
const VALUES = '\uE010';
const LASTING = '\uE011';
const COUNT = '\uE012';

if (foot) {
  const words = JSON.parse(foot.dataset.words);
  const shared = foot.querySelector('[data-shared]');
  const allowed = foot.querySelector('[data-allowed]');
  const tag = document.documentElement.lang === 'en' ? 'en-GB' : document.documentElement.lang;
  const list = new Intl.ListFormat(tag, { style: 'long', type: 'conjunction' });

  // The value of a claim that its row shares now, as the person reads it; nothing when it is not shared.
  const valueIn = (row) => {
    const typed = [...row.querySelectorAll('[name^="add."]')].filter((field) => field.value.trim());
    if (typed.length > 0) return typed.map(textOf).join(', ');
    const choice = row.querySelector('select[name^="claim."], [name^="claim."]:checked, [type=hidden][name^="claim."]');
    if (choice === null || choice.value === 'refuse') return undefined;
    const own = choice.selectedOptions?.[0]?.dataset.value ?? row.querySelector('p.ask-value')?.textContent;
    return own?.trim() || row.dataset.title;
  };
  const textOf = (field) => {
    if (field.type === 'date' && field.valueAsDate)
      return new Intl.DateTimeFormat(tag, { dateStyle: 'long', timeZone: 'UTC' }).format(field.valueAsDate);
    return (field.selectedOptions?.[0]?.textContent ?? field.value).trim();
  };
  const lastingOf = (row) => {
    const own = form.elements[`duration.${row.dataset.claim}`];
    return own?.value || usual(own, form.elements.duration?.value);
  };
  // The app may have some values for a shorter time than that of all.
  const usual = (own, overall) => {
    const options = own === undefined ? [] : [...own.options].map(({ value }) => value).filter(Boolean);
    return options.length === 0 || options.includes(overall) ? overall : options.at(-1);
  };
  const write = (place, sentence, value, lasting) => {
    const [before, after] = sentence.split(VALUES).map((text) => text.replace(LASTING, lasting));
    const bold = document.createElement('b');
    bold.dir = 'auto';
    bold.textContent = value;
    place.replaceChildren(before, bold, after);
  };

  // As the server does it.
  const shorten = (name) => {
    const signs = [...name];
    if (signs.length <= words.longestName) return name;
    const ending = name.includes(' ') ? [] : signs.slice(-words.longestEnding);
    return [...signs.slice(0, words.longestName - 1 - ending.length), '…', ...ending].join('');
  };
  const listOf = (names) => {
    const named = names.slice(0, words.mostNamed).map(shorten);
    const left = names.length - named.length;
    return list.format(left === 0 ? named : [...named, words.more.replace(COUNT, String(left))]);
  };

  // A menu cuts a long text, so its row shows the chosen text below.
  const showWhole = () => {
    for (const place of form.querySelectorAll('.ask-whole')) {
      const chosen = place.parentElement.querySelector('select').selectedOptions[0];
      place.textContent = chosen.dataset.whole ?? '';
    }
  };

  const update = () => {
    showWhole();
    const rows = [...form.querySelectorAll('[data-claim]')];
    const values = rows.map((row) => [row, valueIn(row)]).filter(([, value]) => value !== undefined);
    if (values.length === 0) shared.textContent = words.nothing;
    else {
      const lasting = new Set(values.map(([row]) => lastingOf(row)));
      const common = lasting.size === 1 ? [...lasting][0] : 'mixed';
      const names = values.map(([, value]) => value);
      write(shared, words.sees, listOf(names), words.lasting[common] ?? '');
    }
    const ticked = [...form.querySelectorAll('[data-permission]')]
      .filter((row) => row.querySelector('input').checked)
      .map((row) => row.dataset.permission);
    if (ticked.length === 0) allowed.replaceChildren();
    else {
      write(allowed, words.allows, listOf(ticked), '');
      allowed.prepend(' ');
    }
  };

  // Back in the history restores choices after this script has run.
  addEventListener('pageshow', update);
  form.addEventListener('input', update);
  form.dataset.live = '';
  update();
}

// The preview is made by the server, as the answers to the app are.
const preview = document.getElementById('preview');
if (preview) {
  let asked = 0;
  const show = async () => {
    const turn = (asked += 1);
    const fields = new FormData(form);
    fields.set('decision', 'preview');
    const body = new URLSearchParams(fields);
    const response = await fetch(form.action, { method: 'POST', body });
    if (!response.ok || turn !== asked) return;
    const answer = new DOMParser().parseFromString(await response.text(), 'text/html');
    const made = answer.querySelector('#preview .disclosure-body');
    if (made === null || turn !== asked) return;
    made.querySelector('.preview-show')?.remove();
    preview.querySelector('.disclosure-body').replaceChildren(...made.childNodes);
  };
  const details = preview.querySelector('details');
  const showIfOpen = () => {
    // Without an answer the button stays, which does the same.
    if (details.open) show().catch(() => undefined);
  };
  details.addEventListener('toggle', showIfOpen);
  form.addEventListener('change', showIfOpen);
}
