import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import { expect } from 'chai';
import sharp from 'sharp';

import { type ConfigError, readConfig } from '../../src/config/config.ts';
import { TEST_ENVIRONMENT } from '../support/config.ts';
import { failureOf } from '../support/failure.ts';
import { connectApp } from '../support/people/connect-app.ts';
import { signedInVisitor } from '../support/people/console-visitor.ts';
import { createPerson, visitorAt } from '../support/people/people.ts';
import { arriving, photo } from '../support/people/pictures.ts';
import { registerThirdPartyApp } from '../support/people/third-party-app.ts';
import { startTestServer, type TestServer } from '../support/servers/server.ts';
import { type MailCatcher, startSmtp } from '../support/servers/smtp.ts';

const LAYOUT = `<html lang="{{ locale }}"><body><h1>{{ service }}</h1>
{% if serviceLogo %}<img src="{{ serviceLogo }}" alt="">{% endif %}
{% if appLogo %}<img src="{{ appLogo }}" alt="">{% endif %}
{% for paragraph in before.concat(after) %}<p>{{ paragraph }}</p>{% endfor %}
{% if code %}<b>{{ code }}</b>{% endif %}{% if link %}<a href="{{ link.href }}">{{ link.label }}</a>{% endif %}
</body></html>`;
const SETTINGS = {
  SERVICE_NAME: 'City Library',
  BRAND_COLOR: '#FFCC00',
  OPERATOR_NAME: 'Library of Riga',
  OPERATOR_CONTACT: 'mailto:help@library.example',
  HELP_URL: 'https://library.example/help',
  PRIVACY_URL: 'https://library.example/privacy',
  TERMS_URL: 'https://library.example/terms',
  MAIL_FROM: 'no-reply@library.example',
};

const read = (settings: Readonly<Record<string, string>>) =>
  readConfig({ dataFolder: os.tmpdir(), environment: { ...TEST_ENVIRONMENT, ...settings } });

function problemsOf(settings: Readonly<Record<string, string>>): readonly string[] {
  try {
    read(settings);
    return [];
  } catch (error) {
    return (error as ConfigError).problems;
  }
}

describe('The branding of an operator', function () {
  this.timeout(60_000);
  let folder: string;
  let smtp: MailCatcher;
  let server: TestServer;

  before(async () => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'consentry-brand-'));
    fs.mkdirSync(path.join(folder, 'mails'));
    fs.writeFileSync(path.join(folder, 'mails', 'message.njk'), LAYOUT);
    fs.writeFileSync(
      path.join(folder, 'mails', 'client-verified.ru.njk'),
      '<p>Своё письмо: {{ subject }}</p>',
    );
    const logo = sharp({ create: { width: 64, height: 64, channels: 3, background: '#123456' } });
    fs.writeFileSync(path.join(folder, 'logo.png'), await logo.png().toBuffer());
    smtp = await startSmtp();
    const config = read({
      ...SETTINGS,
      BRAND_LOGO: path.join(folder, 'logo.png'),
      MAIL_TEMPLATES_FOLDER: path.join(folder, 'mails'),
      SMTP_URL: smtp.url,
    });
    server = await startTestServer({ config: { brand: config.brand, mail: config.mail } });
  });
  after(async () => {
    await server?.stop();
    await smtp?.stop();
    fs.rmSync(folder, { recursive: true });
  });

  it('is on the pages of visitors, of signed-in people and of errors', async () => {
    const person = await createPerson(server.connected);
    const visitors = [
      [visitorAt(server.url), '/'],
      [visitorAt(server.url), '/auth?client_id=nobody'],
      [visitorAt(server.url), '/nothing'],
      [await signedInVisitor(server.url, person), '/account'],
    ] as const;
    for (const [visitor, address] of visitors) {
      const { document } = await visitor.get(`${server.url}${address}`);
      expect(document.querySelector('title')?.text, address).to.match(/ · City Library$/);
      expect(document.querySelector('.brand')?.text.trim()).to.equal('City Library');
      const links = document.querySelectorAll('.footer-links a');
      expect(links.map((link) => [link.text, link.getAttribute('href')])).to.deep.equal([
        ['Library of Riga', 'mailto:help@library.example'],
        ['Help', 'https://library.example/help'],
        ['Privacy', 'https://library.example/privacy'],
        ['Terms', 'https://library.example/terms'],
      ]);
      const logo = document.querySelector('.brand-logo')?.getAttribute('src') ?? '';
      const answer = await fetch(new URL(logo, server.url));
      expect(answer.headers.get('content-type')).to.equal('image/png');
    }
  });

  it('brings its colours as a style sheet of this server, within the policy of the pages', async () => {
    const { document, headers } = await visitorAt(server.url).get('/');
    expect(headers.get('content-security-policy')).to.include("style-src 'self'");
    const sheets = document.querySelectorAll('link[rel=stylesheet]');
    const address = sheets.at(-1)?.getAttribute('href') ?? '';
    expect(address).to.match(/^\/assets\/brand\.[0-9a-f]{12}\.css$/);
    const sheet = await (await fetch(new URL(address, server.url))).text();
    const { colours } = server.config.brand;
    expect(sheet).to.include(
      `--accent: light-dark(${colours?.light.accent ?? ''}, ${colours?.dark.accent ?? ''})`,
    );
  });

  it('names the shade that light pages use when the colour is too pale', () => {
    const [warning] = read(SETTINGS).warnings;
    expect(warning).to.match(
      /^BRAND_COLOR #ffcc00 has too little contrast for text on light pages: they use #[0-9a-f]{6}$/,
    );
    expect(read({ BRAND_COLOR: '#0a5c74' }).warnings).to.deep.equal([]);
  });

  it('refuses wrong settings, each with its reason', () => {
    const svg = path.join(folder, 'logo.svg');
    fs.writeFileSync(svg, '<svg xmlns="http://www.w3.org/2000/svg"/>');
    const large = path.join(folder, 'large.png');
    fs.writeFileSync(large, Buffer.alloc(600_000));
    const wrong = {
      SERVICE_NAME: 'x'.repeat(41),
      BRAND_COLOR: 'red',
      BRAND_LOGO: svg,
      OPERATOR_NAME: 'A <b>',
      OPERATOR_CONTACT: 'javascript:alert(1)',
      HELP_URL: 'data:text/html,x',
      TERMS_URL: 'library.example/terms',
    };
    const problems = problemsOf(wrong);
    expect(problems).to.have.length(Object.keys(wrong).length);
    expect(problems).to.include('BRAND_COLOR must be a colour such as #0a5c74; it is "red"');
    expect(problems.join('\n'))
      .to.include(`BRAND_LOGO must be a PNG, JPEG or WebP image; it is "${svg}"`)
      .and.to.include('SERVICE_NAME must have at most 40 characters')
      .and.to.include('HELP_URL must be a URL that begins with https:// or http://');
    expect(problemsOf({ BRAND_LOGO: large })[0]).to.include('at most 512 KB');
    expect(problemsOf({ BRAND_LOGO: `${folder}/none.png` })[0]).to.include(
      'cannot be read (ENOENT)',
    );
  });

  it('is in the mails: sender, own templates, and the logos of service and app inside the mail', async () => {
    const { clients, db, vault } = server.connected;
    const owner = await createPerson(server.connected);
    const app = await registerThirdPartyApp(server, owner.accountId);
    const manager = { accountId: null, isAdministrator: true } as const;
    const content = arriving(await photo('red'));
    const { logo } = await clients.setLogo({ clientId: app.clientId, manager, content });
    await clients.setVerified({ clientId: app.clientId, manager, isVerified: true });
    const mail = await smtp.waitFor(({ to }) => to === owner.email);
    expect([mail.sender, mail.from]).to.deep.equal(['City Library', 'no-reply@library.example']);
    expect(mail.html)
      .to.include('<h1>City Library</h1>')
      .and.include('src="cid:service-logo"')
      .and.include('src="cid:app-logo"');
    expect(mail.html).not.to.match(/<img[^>]+src="https?:/);
    expect(mail.text).to.include('--\nCity Library, ');
    const [serviceLogo, image] = mail.images;
    expect(serviceLogo).to.include({ contentId: '<service-logo>', type: 'image/png' });
    expect((await sharp(serviceLogo?.content).metadata()).width).to.equal(128);
    expect(image).to.include({
      contentId: '<app-logo>',
      type: 'image/png',
      disposition: 'inline',
    });
    expect(image?.content).to.deep.equal(await clients.readLogo(logo ?? '', 'png'));
    expect((await sharp(image?.content).metadata()).width).to.equal(256);

    const reader = await createPerson(server.connected);
    expect(await vault.listAttributes(reader.accountId)).to.have.length(1);
    await db.transaction((tx) =>
      server.connected.mailer.enqueue(tx, {
        to: reader.email,
        template: 'client-verified',
        locale: 'ru',
        values: { app: 'Bookshop' },
      }),
    );
    const own = await smtp.waitFor(({ to }) => to === reader.email);
    expect(own.html).to.include('Своё письмо:');
    // This template shows no image.
    expect(own.images).to.deep.equal([]);
  });

  it('shows the logo of a deleted app in the mail about its deletion', async () => {
    const { clients } = server.connected;
    const [owner, person] = [
      await createPerson(server.connected),
      await createPerson(server.connected),
    ];
    const app = await registerThirdPartyApp(server, owner.accountId, { name: 'Reading room' });
    const manager = { accountId: owner.accountId, isAdministrator: false };
    const content = arriving(await photo('blue'));
    const { clientId } = app;
    const { logo } = await clients.setLogo({ clientId, manager, content });
    await connectApp({ visitor: await signedInVisitor(server.url, person), app, person });
    await clients.remove({ clientId, manager });
    const mail = await smtp.waitFor(
      ({ to, text }) => to === person.email && text.includes('deleted it'),
    );
    expect(mail.html).to.include('src="cid:app-logo"');
    const image = mail.images.find(({ contentId }) => contentId === '<app-logo>');
    expect(image?.content).to.deep.equal(await clients.readLogo(logo ?? '', 'png'));
  });

  it('stops the start at a logo that cannot be decoded', async () => {
    const whole = fs.readFileSync(path.join(folder, 'logo.png'));
    const damaged = path.join(folder, 'damaged.png');
    fs.writeFileSync(damaged, whole.subarray(0, whole.length / 2));
    const { brand } = read({ BRAND_LOGO: damaged });
    const failure = await failureOf(startTestServer({ config: { brand } }));
    expect(failure.detail).to.match(/^BRAND_LOGO cannot be decoded: /);
  });

  it('stops the start at a mail template that cannot be used, and names file and fault', async () => {
    const faults = [
      ['message.njk', '{% for x in before %}', /^MAIL_TEMPLATES_FOLDER: message\.njk cannot be/],
      ['message.njk', '{{ sujet }}', /message\.njk cannot be rendered: .*undefined/],
      ['welcom.njk', 'x', /welcom\.njk is the name of no mail; the mails are /],
      ['message.fr.njk', 'x', /message\.fr\.njk is for a language that is not installed/],
    ] as const;
    for (const [name, text, problem] of faults) {
      const broken = fs.mkdtempSync(path.join(folder, 'broken-'));
      fs.writeFileSync(path.join(broken, name), text);
      const failure = await failureOf(
        startTestServer({ config: { mail: { templatesFolder: broken } } }),
      );
      expect(failure.detail).to.match(problem);
    }
    const missing = await failureOf(
      startTestServer({ config: { mail: { templatesFolder: `${folder}/none` } } }),
    );
    expect(missing.detail).to.equal('MAIL_TEMPLATES_FOLDER: the folder cannot be read (ENOENT).');
  });
});
