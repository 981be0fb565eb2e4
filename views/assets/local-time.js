// Shows times in the reader's own time zone. Without this script they are in UTC, with that name.
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
const time = new Intl.DateTimeFormat(tag, { hour: '2-digit', minute: '2-digit' });
// The next pages are made for this time zone, so that lists of days begin and end with the reader's days.
const { timeZone } = time.resolvedOptions();
const secure = location.protocol === 'https:' ? '; Secure' : '';
if (!document.cookie.split('; ').includes(`consentry-time-zone=${timeZone}`))
  document.cookie = `consentry-time-zone=${timeZone}; Path=/; Max-Age=31536000; SameSite=Lax${secure}`;
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
  const { style } = element.dataset;
  if (style === 'relative' || style === 'time') element.title = textOf(dateTime, value);
  if (style !== 'relative') element.textContent = textOf({ date, time }[style] ?? dateTime, value);
}
