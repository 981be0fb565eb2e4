import { expect } from 'chai';
import * as oauth from 'openid-client';
import pg from 'pg';

import { MAIL } from '../../../src/messaging/message.ts';
import { listOutbox } from '../../../src/messaging/outbox.ts';
import { migrateUp } from '../../../src/platform/postgres/migrations.ts';
import { waitFor } from '../../support/wait-for.ts';
import { createEmptyDatabase, type TestDatabase } from '../../support/servers/database.ts';
import { expectRefusal } from '../../support/http/oauth-refusal.ts';
import { createPerson, visitorAt } from '../../support/people/people.ts';
import { startTestServer, type TestServer } from '../../support/servers/server.ts';
import {
  registerThirdPartyApp,
  type ThirdPartyApp,
  type Tokens,
} from '../../support/people/third-party-app.ts';
import type { Visitor } from '../../support/people/visitor.ts';

/** Database defaults that change how SQL is parsed, compared, formatted or timed out. */
const ODD: Readonly<Record<string, string>> = {
  timezone: 'Asia/Kathmandu',
  datestyle: 'SQL, DMY',
  intervalstyle: 'sql_standard',
  search_path: 'pg_temp',
  bytea_output: 'escape',
  standard_conforming_strings: 'off',
  default_transaction_isolation: 'serializable',
  default_transaction_deferrable: 'on',
  transform_null_equals: 'on',
  array_nulls: 'off',
  extra_float_digits: '-15',
  row_security: 'off',
  xmlbinary: 'hex',
  quote_all_identifiers: 'on',
  statement_timeout: '400ms',
  lock_timeout: '50ms',
  idle_in_transaction_session_timeout: '100ms',
  idle_session_timeout: '500ms',
  lc_messages: 'C',
  lc_monetary: 'C',
  plan_cache_mode: 'force_generic_plan',
  enable_indexscan: 'off',
};
/** Ignores case and accents; `I` is not the upper case of `i`. */
const COLLATION = `template template0 encoding 'UTF8' locale_provider icu icu_locale 'tr-TR-u-ks-level2' locale 'C'`;
const EMAIL = 'ISIL.Yildiz@example.org';
const NAME = 'Işıl Yıldız \\ O’Neil';
const PASSWORD = 'violet anchor mends the slow clock';

for (const redis of [false, true]) {
  describe(`A database with unusual defaults (${redis ? 'Postgres and Redis' : 'Postgres only'})`, function () {
    this.timeout(120_000);
    let database: TestDatabase;
    let server: TestServer;
    let app: ThirdPartyApp;
    let visitor: Visitor;
    let tokens: Tokens;
    let accountId: string;

    before(async () => {
      database = await createEmptyDatabase(COLLATION);
      const admin = new pg.Client({ connectionString: database.url });
      await admin.connect();
      const name = admin.escapeIdentifier(new URL(database.url).pathname.slice(1));
      for (const [setting, value] of Object.entries(ODD)) {
        await admin.query(`alter database ${name} set ${setting} = ${admin.escapeLiteral(value)}`);
      }
      await admin.end();
      await migrateUp(database.url);
      server = await startTestServer({
        databaseUrl: database.url,
        redis,
        config: { deletionRetentionDays: 0 },
      });
      const owner = await createPerson(server.connected, { email: 'owner@example.org' });
      app = await registerThirdPartyApp(server, owner.accountId, {
        name: `Bob's \\ "shop"`,
        requests: [
          { claim: 'name', necessity: 'essential', purpose: { en: `To greet you \\'` } },
          { claim: 'email', necessity: 'voluntary', purpose: { en: 'Orders' } },
        ].map((request) => ({ ...request, longestDuration: 'until_withdrawn' })) as never,
      });
    });
    after(async () => {
      await server?.stop();
      await database?.drop();
    });

    async function mailedCode(): Promise<string> {
      const { db, transientSealer } = server.connected;
      const find = async (): Promise<string | undefined> =>
        (await listOutbox({ db, transientSealer }, MAIL))
          .map(({ message }) => message)
          .find(({ to, values }) => to.toLowerCase() === EMAIL.toLowerCase() && 'code' in values)
          ?.values['code']?.toString();
      await waitFor('the code', async () => (await find()) !== undefined, 10_000);
      return (await find()) ?? '';
    }

    it('lets a person register and sign in at an app, and releases the chosen values', async () => {
      visitor = visitorAt(server.url);
      const attempt = await app.begin(visitor, { scope: 'openid profile email offline_access' });
      await visitor.follow('a[href$="/register"]');
      await visitor.submitForm('form[action$="/register"]', {
        email: EMAIL,
        name: NAME,
        password: PASSWORD,
      });
      await visitor.submitForm('form[action*="/confirm/"]', { code: await mailedCode() });
      expect(visitor.page.text).to.include(NAME);
      await visitor.submitForm('button[value=allow]');
      tokens = await attempt.finish();
      accountId = tokens.claims()?.sub ?? '';
      const userinfo = await oauth.fetchUserInfo(app.config, tokens.access_token, accountId);
      expect(userinfo).to.include({ name: NAME });
    });

    it('finds the person by their address in any case, and by no other address', async () => {
      const at = async (identifier: string): Promise<boolean> => {
        const other = visitorAt(server.url);
        await other.get('/account');
        await other.submitForm('form[action$="/sign-in"]', { identifier, password: PASSWORD });
        return other.page.url.pathname === '/account';
      };
      expect(await at(EMAIL)).to.equal(true);
      expect(await at(EMAIL.toLowerCase())).to.equal(true);
      expect(await at('ısıl.yildiz@example.org')).to.equal(false);
    });

    it('has the read in the ledger, and the chain verifies', async () => {
      const { ledger, clock } = server.connected;
      const [release] = await ledger.list({ accountId, limit: 1 });
      expect(release).to.include({ clientId: app.clientId, channel: 'userinfo' });
      expect(Math.abs((release?.releasedAt.getTime() ?? 0) - clock.now().getTime())).to.be.below(
        60_000,
      );
      await ledger.signCheckpoints();
      const { findings } = await ledger.verify({ onFinding: () => undefined });
      expect(findings).to.equal(0);
    });

    it('refreshes tokens, and refuses them when the person ends the access', async () => {
      const again = await oauth.refreshTokenGrant(app.config, tokens.refresh_token ?? '');
      await visitor.get(`${server.url}/account/apps/${app.clientId}/end`);
      await visitor.submitForm('form[action$="/end"]');
      for (const { access_token: token } of [tokens, again]) {
        await expectRefusal(oauth.fetchUserInfo(app.config, token, accountId), 'invalid_token');
      }
      await expectRefusal(
        oauth.refreshTokenGrant(app.config, tokens.refresh_token ?? ''),
        'invalid_grant',
      );
    });

    it('purges the person, and frees the address', async () => {
      const { deletions, accounts, vault } = server.connected;
      await deletions.delete({ accountId, locale: 'en' });
      // The queued job of the deletion may run first.
      await deletions.purgeDue();
      await waitFor('the purge', async () => (await accounts.find(accountId)) === null, 10_000);
      expect(await vault.listAttributes(accountId)).to.deep.equal([]);
      expect((await createPerson(server.connected, { email: EMAIL })).accountId).not.to.equal(
        accountId,
      );
    });

    it('keeps the node ready and the change feed fresh: its time limits do not cut connections', async () => {
      await new Promise((resolve) => setTimeout(resolve, 1_500));
      expect(server.connected.feed.isFresh()).to.equal(true);
      expect((await fetch(`${server.url}/health/ready`)).status).to.equal(200);
      const { rows } = await server.connected.db.pool.query<{ setting: string }>(
        `select current_setting('idle_session_timeout') as setting`,
      );
      expect(rows[0]?.setting).to.equal('0');
    });
  });
}
