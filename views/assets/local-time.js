// Shows times in the reader's own time zone. Without this script they are in UTC and say so.
const tag = document.documentElement.dataset.formats;
const dateTime = new Intl.DateTimeFormat(tag, {
  year: 'numeric',
  month: 'long',
  day: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
});
const date = new Intl.DateTimeFormat(tag, { dateStyle: 'long' });
// As on the server: without the abbreviated word for "year" of some languages.
function textOf(format, value) {
  const texts = format
    .formatToParts(value)
    .map((part) => (part.type === 'literal' ? part.value.replace(/\s\p{L}\.(?=\s|$)/u, '') : part.value));
  return texts.join('');
}
const inWords = new Intl.RelativeTimeFormat(tag, { numeric: 'always' });
// The time at which something can be tried again becomes the time that is left.
const units = [
  [7200, 3600, 'hour'],
  [120, 60, 'minute'],
  [1, 1, 'second'],
];
function countDown(element, end) {
  const seconds = Math.ceil((end - Date.now()) / 1000);
  const [, size, unit] = units.find(([from]) => seconds >= from) ?? [];
  element.textContent =
    unit === undefined ? element.dataset.now : inWords.format(Math.ceil(seconds / size), unit);
  if (unit !== undefined) setTimeout(countDown, 1000, element, end);
}
for (const element of document.querySelectorAll('time[data-seconds]'))
  countDown(element, Date.now() + Number(element.dataset.seconds) * 1000);
for (const element of document.querySelectorAll('time[data-style]')) {
  const value = new Date(element.dateTime);
  if (element.dataset.style === 'relative') element.title = textOf(dateTime, value);
  else element.textContent = textOf(element.dataset.style === 'date' ? date : dateTime, value);
}
