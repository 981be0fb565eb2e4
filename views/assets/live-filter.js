// Filters a list that is on the page while the person types. Without this script the form asks the server.
for (const input of document.querySelectorAll('input[data-filter-target]')) {
  const target = document.getElementById(input.dataset.filterTarget);
  const status = document.getElementById(input.dataset.filterStatus);
  const entries = [...(target?.querySelectorAll('[data-filter-text]') ?? [])];
  if (entries.length === 0) continue;
  const groups = [...target.querySelectorAll('details[data-filter-group]')].map((group) => [group, group.open]);
  input.closest('[data-needs-script]')?.removeAttribute('hidden');
  const locale = document.documentElement.lang;
  input.addEventListener('input', () => {
    const words = input.value.toLocaleLowerCase(locale).split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const entry of entries) {
      const text = entry.dataset.filterText.toLocaleLowerCase(locale);
      entry.hidden = !words.every((word) => text.includes(word));
      if (!entry.hidden) shown += 1;
    }
    for (const [group, wasOpen] of groups) {
      const hasMatch = group.querySelector('[data-filter-text]:not([hidden])') !== null;
      group.hidden = !hasMatch;
      group.open = words.length > 0 ? hasMatch : wasOpen;
    }
    if (status === null) return;
    const { none, some } = status.dataset;
    status.textContent = shown === 0 ? none : some.replace('{n}', String(shown));
    status.classList.toggle('visually-hidden', shown > 0);
  });
}
