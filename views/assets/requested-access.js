// Keeps the example of the consent page, the scope to send and the counts in step with the form. Without this script a button does the same.
const form = document.getElementById('access');
const status = document.getElementById('example-status');
const button = document.querySelector('[formaction][form=access]');
const locale = document.getElementById('exampleLocale');
const PAUSE_MS = 350;
const TEXTS = ['#scope-value code', '#asked-count', ...[...form.querySelectorAll('[data-count]')].map(({ dataset }) => `[data-count="${dataset.count}"]`)];
let waiting;
let running;

const update = async () => {
  running?.abort();
  running = new AbortController();
  const { signal } = running;
  const body = new URLSearchParams(new FormData(form));
  const response = await fetch(form.dataset.example, { method: 'POST', body, signal });
  if (!response.ok) throw new Error(`status ${response.status}`);
  const answer = new DOMParser().parseFromString(await response.text(), 'text/html');
  if (signal.aborted) return;
  for (const place of TEXTS) {
    const made = answer.querySelector(place);
    if (made) form.querySelector(place).textContent = made.textContent;
  }
  const example = answer.getElementById('example');
  if (example) document.getElementById('example').replaceChildren(...example.childNodes);
  button.hidden = true;
  status.textContent = status.dataset.updated;
};
const failed = (error) => {
  if (error.name === 'AbortError') return;
  // The button does the same, and its page explains the failure.
  button.hidden = false;
  status.textContent = status.dataset.failed;
};
const soon = (event) => {
  if (event.target.id === 'detail-search') return;
  clearTimeout(waiting);
  waiting = setTimeout(() => update().catch(failed), PAUSE_MS);
};

form.addEventListener('input', soon);
locale.addEventListener('input', soon);
button.hidden = true;
// Back in the history restores choices after this script has run.
addEventListener('pageshow', (event) => {
  if (event.persisted || performance.getEntriesByType('navigation')[0]?.type === 'back_forward') update().catch(failed);
});
