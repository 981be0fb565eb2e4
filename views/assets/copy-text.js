// Adds a copy button to everything that is there to be copied. Without this script the text can still be selected.
for (const source of document.querySelectorAll('[data-copy]')) {
  if (navigator.clipboard === undefined) break;
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'button button-secondary button-small';
  button.textContent = source.dataset.copy;
  button.setAttribute('aria-live', 'polite');
  button.addEventListener('click', async () => {
    await navigator.clipboard.writeText(source.textContent);
    button.textContent = source.dataset.copied;
    setTimeout(() => {
      button.textContent = source.dataset.copy;
    }, 2000);
  });
  source.closest('.copy-line')?.append(button);
}
