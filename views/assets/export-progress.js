// Shows how far an export is while the page is open. Without this script the link on the page does.
const EVERY_MS = 2000;
const section = document.querySelector('[data-export]');
const bar = section?.querySelector('progress');
const share = section?.querySelector('.progress-share');
const status = section?.querySelector('[role=status]');
const percent = new Intl.NumberFormat(document.documentElement.lang, { style: 'percent' });

async function look() {
  const response = await fetch(`/api/v1/account/exports/${section.dataset.export}`, {
    headers: { accept: 'application/json' },
  });
  if (!response.ok) return location.reload();
  const state = await response.json();
  if (state.status !== 'waiting' && state.status !== 'running') return location.reload();
  const text = percent.format(state.stepsDone / state.stepsTotal);
  if (bar.value !== state.stepsDone) {
    bar.value = state.stepsDone;
    share.textContent = text;
    status.textContent = section.dataset.share.replace('{share}', text);
  }
  setTimeout(retry, EVERY_MS);
}

// A connection that is away for a moment is no reason to stop looking.
function retry() {
  look().catch(() => setTimeout(retry, EVERY_MS));
}

if (bar) setTimeout(retry, EVERY_MS);
