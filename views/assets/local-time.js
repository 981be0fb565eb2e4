// Shows times in the reader's own time zone. Without this script they are in UTC and say so.
const tag = document.documentElement.lang === 'en' ? 'en-GB' : document.documentElement.lang;
const dateTime = new Intl.DateTimeFormat(tag, {
  year: 'numeric',
  month: 'long',
  day: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
});
const date = new Intl.DateTimeFormat(tag, { dateStyle: 'long' });
for (const element of document.querySelectorAll('time[data-style]')) {
  const value = new Date(element.dateTime);
  if (element.dataset.style === 'relative') element.title = dateTime.format(value);
  else element.textContent = (element.dataset.style === 'date' ? date : dateTime).format(value);
}
