import { expect } from 'chai';

import { AppError } from '../../src/platform/app-error.ts';
import { sql, type SqlStatement } from '../../src/platform/postgres/sql.ts';
import { announceRotation, announceSingleUse } from '../../src/sessions/index.ts';
import type { SessionPayload } from '../../src/sessions/session.ts';
import {
  createAccount,
  type Node,
  openStorage,
  randomId,
  type TestStorage,
} from '../tokens/open-stores.ts';
import { sessionPayload, signIn, type ExampleSession } from './example-session.ts';
import { inRequest } from './request.ts';

type Change = (payload: SessionPayload) => SessionPayload;

describe('Requests that save one session at the same time', () => {
  let storage: TestStorage;
  let node: Node;
  let other: Node;
  let accountId: string;
  let session: ExampleSession;

  before(async () => {
    storage = await openStorage('postgres');
    [node, other] = await Promise.all([storage.openNode(), storage.openNode()]);
    await node.db.pool.query('create table uses (name text primary key)');
  });
  beforeEach(async () => {
    accountId = await createAccount(node);
    const authorizations = { first: { sid: 's', grantId: 'g' } };
    session = await signIn(node.sessions, accountId, { more: { authorizations } });
  });
  after(() => storage.close());

  const stored = (at: Node = node, uid = session.uid) =>
    inRequest(() => at.sessions.artifacts.findByUid(uid)) as Promise<SessionPayload | undefined>;
  const allow =
    (clientId: string): Change =>
    ({ authorizations, ...payload }) => ({
      ...payload,
      authorizations: { ...authorizations, [clientId]: { sid: clientId, grantId: clientId } },
    });
  /** The name of the session changes with the save, as after a new proof. */
  const rename =
    (id: string, change: Change = (payload) => payload): Change =>
    (payload) => ({ ...change(payload), jti: id });

  /** Reads the session in a request at each node, and saves all of them when the last one has read it. */
  const saveAtOnce = async (
    changes: readonly { readonly at: Node; readonly change: Change; readonly use?: string }[],
  ): Promise<readonly PromiseSettledResult<void>[]> => {
    let unread = changes.length;
    const { promise: allRead, resolve } = Promise.withResolvers<undefined>();
    return Promise.allSettled(
      changes.map(({ at, change, use }) =>
        inRequest(async () => {
          const { artifacts } = at.sessions;
          const read = (await artifacts.find(session.id)) as SessionPayload;
          unread -= 1;
          if (unread === 0) resolve(undefined);
          await allRead;
          const changed = change(read);
          if (use !== undefined) announceSingleUse(singleUse(use));
          if (changed.jti !== session.id) {
            announceRotation(session.id);
            await artifacts.destroy(session.id);
          }
          await artifacts.upsert(changed.jti ?? '', changed, 86_400);
        }),
      ),
    );
  };
  const singleUse = (name: string) => ({
    insertion: (condition: SqlStatement) =>
      sql`insert into uses (name) select ${name}::text where ${condition} on conflict do nothing returning 1`,
    record: async (tx: Pick<Node['db'], 'query'>) => {
      const rows = await tx.query(
        sql`insert into uses (name) values (${name}) on conflict do nothing returning 1`,
      );
      if (rows.length === 0) throw new AppError('conflict', 'already_used');
    },
  });
  const expectDone = (outcomes: readonly PromiseSettledResult<void>[], count: number): void => {
    expect(outcomes.map(({ status }) => status)).to.deep.equal(
      Array.from({ length: count }, () => 'fulfilled'),
    );
  };

  it('keep the authorization of every app', async () => {
    const names = Array.from({ length: 10 }, (_value, index) => `app-${String(index)}`);
    const changes = names.map((name, index) => ({
      at: index % 2 === 0 ? node : other,
      change: allow(name),
    }));
    expectDone(await saveAtOnce(changes), 10);
    const { authorizations = {} } = (await stored()) ?? {};
    expect(Object.keys(authorizations)).to.have.members(['first', ...names]);
  });

  it('keep the authorization of every app when each of them records a use', async () => {
    const names = Array.from({ length: 6 }, () => randomId());
    const changes = names.map((name, index) => ({
      at: index % 2 === 0 ? node : other,
      change: allow(name),
      use: name,
    }));
    expectDone(await saveAtOnce(changes), 6);
    const { authorizations = {} } = (await stored()) ?? {};
    expect(Object.keys(authorizations)).to.have.members(['first', ...names]);
    const rows = await node.db.query(sql`select 1 from uses where name = any(${names}::text[])`);
    expect(rows).to.have.length(6);
  });

  it('record one use for exactly one of them', async () => {
    const use = randomId();
    const outcomes = await saveAtOnce(
      ['a', 'b', 'c', 'd'].map((name, index) => ({
        at: index % 2 === 0 ? node : other,
        change: allow(name),
        use,
      })),
    );
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).to.have.length(1);
    const { authorizations = {} } = (await stored()) ?? {};
    expect(Object.keys(authorizations)).to.have.length(2);
  });

  it('keep an authorization and a new proof', async () => {
    const renewed: Change = (payload) => ({ ...payload, acr: 'urn:two', loginTs: 2_000_000_000 });
    for (const isFirst of [true, false]) {
      session = await signIn(node.sessions, accountId);
      const id = randomId();
      const changes = [
        { at: node, change: rename(id, renewed) },
        { at: other, change: allow('app') },
      ];
      expectDone(await saveAtOnce(isFirst ? changes : changes.toReversed()), 2);
      const found = await stored();
      expect(found).to.include({ jti: id, acr: 'urn:two', loginTs: 2_000_000_000, accountId });
      expect(Object.keys(found?.authorizations ?? {})).to.have.length(1);
    }
  });

  it('keep the sign-in under one of the new ids', async () => {
    const [one, two] = [randomId(), randomId()];
    const outcomes = await saveAtOnce([
      { at: node, change: rename(one, allow('a')) },
      { at: other, change: rename(two, allow('b')) },
    ]);
    expectDone(outcomes, 2);
    const found = await stored();
    expect(found?.jti).to.be.oneOf([one, two]);
    expect(Object.keys(found?.authorizations ?? {})).to.have.members(['first', 'a', 'b']);
  });

  it('do not restore an authorization that one of them removed', async () => {
    const remove: Change = ({ authorizations, ...payload }) => {
      const { first: _first, ...others } = { ...authorizations };
      return { ...payload, authorizations: others };
    };
    expectDone(
      await saveAtOnce([
        { at: node, change: remove },
        { at: other, change: allow('app') },
      ]),
      2,
    );
    const { authorizations = {} } = (await stored()) ?? {};
    expect(Object.keys(authorizations)).to.deep.equal(['app']);
  });

  it('never mix the authorizations of two accounts', async () => {
    const stranger = await createAccount(node);
    const replace: Change = (payload) => ({
      ...sessionPayload({ id: randomId(), uid: session.uid }, stranger),
      authorizations: { theirs: { grantId: 'theirs' } },
      ...(payload.kind !== undefined && { kind: payload.kind }),
    });
    await saveAtOnce([
      { at: node, change: replace },
      { at: other, change: allow('mine') },
    ]);
    const found = await stored();
    const names = Object.keys(found?.authorizations ?? {});
    if (found?.accountId === stranger) expect(names).to.deep.equal(['theirs']);
    else expect(names).to.have.members(['first', 'mine']);
  });

  for (const [title, end] of [
    ['signed out', (id: string) => other.sessions.artifacts.destroy(id)],
    ['ended from elsewhere', () => other.sessions.end({ accountId, sessionUid: session.uid })],
  ] as const) {
    for (const [what, change] of [
      ['changed', allow('app')],
      ['given a new id', rename(randomId(), allow('app'))],
    ] as const) {
      it(`do not restore it when it is ${title} while it is ${what}`, async () => {
        const id = await inRequest(async () => {
          const { artifacts } = node.sessions;
          const read = (await artifacts.find(session.id)) as SessionPayload;
          await inRequest(() => end(session.id));
          const { jti = '', ...changed } = change(read);
          if (jti !== session.id) {
            announceRotation(session.id);
            await artifacts.destroy(session.id);
          }
          await artifacts.upsert(jti, changed, 86_400);
          return jti;
        });
        for (const at of [node, other]) {
          expect(await stored(at)).to.equal(undefined);
          expect(await inRequest(() => at.sessions.artifacts.find(id))).to.equal(undefined);
        }
      });
    }
  }

  it('do not restore it after the request itself signed out', async () => {
    await inRequest(async () => {
      const { artifacts } = node.sessions;
      const read = (await artifacts.find(session.id)) as SessionPayload;
      await artifacts.destroy(session.id);
      await artifacts.upsert(session.id, read, 86_400);
    });
    expect(await stored()).to.equal(undefined);
    expect(await node.sessions.list(accountId)).to.deep.equal([]);
  });
});
