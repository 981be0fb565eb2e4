// Goes on by itself when the link in the mail was opened in another tab. Without this script "Continue" on the page does the same.
const EVERY_MS = 4000;
const LONGEST_MS = 15 * 60 * 1000;
const form = document.querySelector('form[data-await-link]');
const end = Date.now() + LONGEST_MS;

// Nothing that was typed is lost: an address that still waits for the code answers with this page.
async function look() {
  if (document.visibilityState === 'visible') {
    const response = await fetch(form.action, { redirect: 'manual' });
    if (response.type === 'opaqueredirect' || response.status === 410)
      return location.replace(form.action);
  }
  later();
}

function later() {
  if (Date.now() < end) setTimeout(() => look().catch(later), EVERY_MS);
}

if (form) {
  later();
  document.addEventListener('visibilitychange', () => look().catch(() => undefined));
}
