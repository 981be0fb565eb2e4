import { expect } from 'chai';

import { runInRequest } from '../../src/platform/request-context.ts';
import { createPerson } from '../support/people/people.ts';
import { useExportScene } from './scene.ts';

/** The account that acted. */
const REQUEST = { requestId: 'a-request-of-another', ip: '198.51.100.77', userAgent: 'Netscape/4' };

describe('An export', () => {
  const scene = useExportScene();

  it('contains no other person, and no secret of an app or a browser', async () => {
    const { audit, clients, db } = scene.connected;
    const { accountId } = scene.ana;
    const other = await createPerson(scene.connected);
    const context = { ...REQUEST, memo: new Map<string, unknown>() } as never;
    const record = () =>
      audit.record(db, {
        kind: 'identifier.taken',
        accountId,
        actorId: other.accountId,
        details: { claim: 'email', isLast: false },
      });
    await runInRequest(context, record);
    await clients.create({
      ownerAccountId: accountId,
      name: 'Bookshop',
      applicationType: 'web',
      redirectUris: ['https://bookshop.example/callback'],
      contact: 'ana@example.org',
    } as never);
    const files = await scene.fetchFiles(await scene.ready());
    const everything = [...files.values()].map((file) => file.toString('utf8')).join('\n');
    expect(everything).to.contain('identifier.taken').and.to.contain('Bookshop');
    expect(everything).not.to.contain(other.accountId);
    expect(everything).not.to.contain(REQUEST.ip);
    expect(everything).not.to.contain(REQUEST.userAgent);
    expect(everything).not.to.contain('ecretFingerprint');
    await db.query({
      name: 'test-remove-other',
      text: 'delete from accounts where id = $1',
      values: [other.accountId],
    });
  });
});
