// Adds a switch beside password fields. Without this script the field simply stays hidden.
for (const input of document.querySelectorAll('input[data-reveal]')) {
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'reveal';
  button.textContent = input.dataset.reveal;
  button.setAttribute('aria-pressed', 'false');
  button.setAttribute('aria-controls', input.id);
  button.addEventListener('click', () => {
    const isHidden = input.type === 'password';
    input.type = isHidden ? 'text' : 'password';
    button.textContent = isHidden ? input.dataset.conceal : input.dataset.reveal;
    button.setAttribute('aria-pressed', String(isHidden));
    input.focus();
  });
  // What is sent must be a password field again, or browsers would offer the text in other forms.
  input.form?.addEventListener('submit', () => {
    input.type = 'password';
  });
  input.after(button);
}
