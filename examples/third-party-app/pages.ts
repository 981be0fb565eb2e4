import { html, type Html } from './html.ts';
import { layout } from './layout.ts';
import type { Visit } from './relying-party.ts';
import type { Notice } from './sessions.ts';

/** The requested claims, and their labels on the page. */
const cardLines = [
  { claim: 'name', label: 'Name' },
  { claim: 'email', label: 'E-mail' },
  { claim: 'phone_number', label: 'Telephone' },
  { claim: 'birthdate', label: 'Birthday' },
] as const;

const books = [
  { title: 'The Lamplighter’s Ledger', author: 'I. Varga', price: '€14', cover: 'cover-a' },
  { title: 'A Short History of Knots', author: 'P. Oyelaran', price: '€11', cover: 'cover-b' },
  { title: 'Rain Over Two Rivers', author: 'M. Castellan', price: '€9', cover: 'cover-c' },
  { title: 'Bread, Slowly', author: 'T. Lindqvist', price: '€19', cover: 'cover-d' },
] as const;

/** The page for a person who is not signed in. */
export function homePage(model: {
  readonly notice: Notice | null;
  readonly isReady: boolean;
}): Html {
  const main = html`${noticeBox(model.notice)}
    <section class="window">
      <div>
        <h1>Second-hand books, first-rate company.</h1>
        <p class="lead">
          We post three parcels a day from a very small street. Tell us who you are and your parcels
          find you.
        </p>
        <p><a class="button" href="/sign-in">Sign in with Consentry</a></p>
        <p class="small">
          Consentry asks you which of your details we may have. You can say no to most of them.
        </p>
        ${model.isReady ? null : html`<p class="small">Consentry is still opening its doors.</p>`}
      </div>
      ${shelf()}
    </section>
    <section>
      <h2>On the table this week</h2>
      <ul class="books">
        ${books.map(
          ({ title, author, price, cover }) =>
            html`<li>
              <span class="cover ${cover}" aria-hidden="true"></span>
              <span class="title">${title}</span>
              <span class="author">${author}</span>
              <span class="price">${price}</span>
            </li>`,
        )}
      </ul>
    </section>`;
  return layout({ title: 'Bookshop', main, reader: null });
}

/** The page of a signed-in reader, with exactly the received claims. */
export function readerPage(model: {
  readonly visit: Visit;
  readonly notice: Notice | null;
  readonly issuer: string;
}): Html {
  const { visit, notice } = model;
  const name = visit.userInfo?.name;
  const greeting = typeof name === 'string' ? name : 'reader';
  const main = html`${noticeBox(notice)}
    <h1>Welcome, ${greeting}</h1>
    <div class="columns">
      <div>${readerCard(visit)} ${actions(visit)}</div>
      <section class="received" aria-labelledby="received">
        <h2 id="received">Everything we received</h2>
        <p class="small">From ${model.issuer}. Nothing is left out and nothing is added.</p>
        ${claimList('UserInfo', 'userinfo', visit.userInfo)}
        ${claimList('ID token', 'id-token', visit.idTokenClaims)}
        <p class="small">Permissions: <code data-scope>${visit.grantedScope}</code></p>
      </section>
    </div>`;
  return layout({ title: 'Your reader’s card', main, reader: greeting });
}

/** Shown while the issuer does not answer; the server adds a Refresh header. */
export function waitingPage(): Html {
  const main = html`<h1>One moment</h1>
    <p class="lead">Consentry is still opening its doors. This page tries again by itself.</p>`;
  return layout({ title: 'One moment', main, reader: null });
}

/** The page for an error that the reader cannot correct. */
export function troublePage(text: string): Html {
  const main = html`<h1>That did not work</h1>
    <p class="lead">${text}</p>
    <p><a class="button" href="/">Back to the shop</a></p>`;
  return layout({ title: 'That did not work', main, reader: null });
}

/** The page for an unknown address. */
export function lostPage(): Html {
  return troublePage('We looked on every shelf: there is no such page.');
}

function noticeBox(notice: Notice | null): Html | null {
  if (notice === null) return null;
  return html`<div class="notice ${notice.kind}" role="status" data-notice="${notice.kind}">
    <strong>${notice.title}.</strong> <span>${notice.text}</span>
  </div>`;
}

function readerCard(visit: Visit): Html {
  const received: Readonly<Record<string, unknown>> = visit.userInfo ?? {};
  const lines = cardLines.map(({ claim, label }) => {
    const value = received[claim];
    return html`<div>
      <dt>${label}</dt>
      ${
        value === undefined
          ? html`<dd class="absent" data-card="${claim}">not shared with us</dd>`
          : html`<dd data-card="${claim}">${asText(value)}${proof(claim, received)}</dd>`
      }
    </div>`;
  });
  const readAt = visit.readAt?.toISOString() ?? '';
  return html`<section class="card" aria-labelledby="card">
    <h2 id="card">Reader’s card</h2>
    <dl>${lines}</dl>
    <p class="small">
      Read on
      <time datetime="${readAt}" data-read-at>${readAt.slice(0, 19).replace('T', ' ')}</time>
      UTC
    </p>
  </section>`;
}

function proof(claim: string, received: Readonly<Record<string, unknown>>): Html | null {
  const verified = received[`${claim}_verified`];
  if (verified === undefined) return null;
  return html` <span class="proof">${verified === true ? 'confirmed' : 'not confirmed'}</span>`;
}

function actions(visit: Visit): Html {
  return html`<section class="actions" aria-label="What you can try">
    <form method="post" action="/read-again">
      <button>Read again</button>
      <p>Asks Consentry now what we may know.</p>
    </form>
    <form method="post" action="/refresh">
      <button class="quiet" ${visit.refreshToken === null ? html`disabled` : null}>Refresh</button>
      <p>
        ${
          visit.refreshToken === null
            ? 'Consentry gave us nothing to refresh with: choose again to get it.'
            : 'Swaps our tokens for new ones.'
        }
      </p>
    </form>
    <form method="post" action="/sign-out">
      <button class="quiet">Sign out</button>
      <p>Here and at Consentry.</p>
    </form>
    <h3>Ask for more</h3>
    <ul>
      <li><a href="/sign-in?ask=choose-again">Choose again</a> what we may have</li>
      <li><a href="/sign-in?ask=email-in-id-token">E-mail in the ID token</a> as well</li>
      <li><a href="/sign-in?ask=prove-again">Prove it is you</a> once more</li>
    </ul>
  </section>`;
}

function claimList(title: string, id: string, claims: object | null): Html {
  if (claims === null) {
    return html`<h3>${title}</h3>
      <p>Nothing.</p>`;
  }
  const rows = Object.entries(claims).map(
    ([claim, value]) =>
      html`<tr>
        <th scope="row">${claim}</th>
        <td data-${id}="${claim}">${asText(value)}</td>
      </tr>`,
  );
  return html`<h3>${title}</h3>
    <table>
      <tbody>
        ${rows}
      </tbody>
    </table>
    <details>
      <summary>As it came</summary>
      <pre data-raw="${id}">${JSON.stringify(claims, null, 2)}</pre>
    </details>`;
}

function asText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function shelf(): Html {
  const spines = [
    [0, 34, 150, '#8c2f39'],
    [36, 22, 128, '#d9a441'],
    [60, 40, 160, '#24505a'],
    [102, 18, 118, '#b86b4b'],
    [122, 30, 142, '#4d5b3a'],
    [154, 26, 134, '#6d4a68'],
    [182, 38, 154, '#c9653a'],
    [222, 20, 122, '#2f3e57'],
    [244, 32, 146, '#96793f'],
  ] as const;
  const rects = spines.map(
    ([x, width, height, fill]) =>
      html`<g fill="${fill}">
        <rect x="${x}" y="${170 - height}" width="${width}" height="${height}" rx="2" />
        <rect x="${x + 4}" y="${184 - height}" width="${width - 8}" height="3" fill="#fff8e7" />
        <rect x="${x + 4}" y="150" width="${width - 8}" height="2" fill="#fff8e7" />
      </g>`,
  );
  return html`<svg class="shelf" viewBox="0 0 300 190" role="img" aria-label="A shelf of books">
    ${rects}
    <rect x="0" y="170" width="300" height="9" fill="#5b3a1e" />
    <rect x="0" y="179" width="300" height="4" fill="#3f2813" />
  </svg>`;
}
