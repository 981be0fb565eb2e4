import { html, type Html } from './html.ts';

/** The frame around every page. */
export function layout(model: {
  readonly title: string;
  readonly main: Html;
  /** The signed-in reader's name, or null. */
  readonly reader: string | null;
}): Html {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${model.title}</title>
        <link rel="stylesheet" href="/bookshop.css" />
        <link rel="icon" href="/favicon.svg" />
      </head>
      <body>
        <header>
          <div class="wide">
            <a class="sign" href="/">Bookshop</a>
            <span class="since">books by post</span>
            ${model.reader === null ? null : html`<span class="who">${model.reader}</span>`}
          </div>
        </header>
        <main class="wide">${model.main}</main>
        <footer>
          <div class="wide">
            A made-up shop that shows what an app receives from Consentry. Nothing here is for sale.
          </div>
        </footer>
      </body>
    </html>`;
}
