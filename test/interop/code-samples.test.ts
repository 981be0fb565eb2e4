import { expect } from 'chai';

import { APPLICATION_TYPES, type ApplicationType } from '../../src/clients/client.ts';
import { type StackId, STACKS } from '../../src/clients/samples/stacks.ts';
import { apacheWithOpenidc } from './apache-program.ts';
import { defineJobsApi, JOBS_SCOPE } from './jobs-api.ts';
import { SAMPLE_RUNS } from './sample-runs.ts';
import { type InteropScene, openScene } from './scene.ts';

const STACK_IDS = Object.keys(STACKS) as StackId[];

/** The first registration is the default of the server, the others make a library use its other settings. */
const WEB_REGISTRATIONS = [
  {},
  { requirePkce: true, tokenEndpointAuthMethod: 'client_secret_post' },
] as const;

describe('The code that the page of an app shows', function () {
  // The first run fetches the packages and builds the programs.
  this.timeout(900_000);
  let scene: InteropScene;

  before(async () => {
    // Unpacking it blocks this process, and the server of the scene with it.
    apacheWithOpenidc();
    scene = await openScene();
    await defineJobsApi(scene.server.connected, scene.developer.accountId);
  });
  after(() => scene?.close());

  for (const stack of STACK_IDS) {
    const { title, library, types } = STACKS[stack];

    describe(`for ${title} with ${library}`, () => {
      it('runs here for every type of app that has it', () => {
        expect(Object.keys(SAMPLE_RUNS[stack])).to.have.members([...types]);
      });

      for (const type of ['web', 'single_page', 'native'] as const) {
        const run = SAMPLE_RUNS[stack][type];
        if (run === undefined) continue;
        for (const registration of type === 'web' ? WEB_REGISTRATIONS : [{}]) {
          const settings = JSON.stringify(registration);
          it(`signs a person in with the shared values (${type}, ${settings})`, async () => {
            const values = await run({ scene, registration, shared: ['email', 'name'] });
            expect(values['sub'] ?? values['id']).to.equal(scene.ana.accountId);
            expect(values).to.include({ email: scene.ana.email, name: 'Ana Example' });
          });
        }

        it(`signs in a person who refuses the e-mail (${type})`, async () => {
          const values = await run({ scene, registration: {}, shared: ['name'] });
          expect(values).to.include({ name: 'Ana Example' });
          expect(values['email'] ?? null).to.equal(null);
        });
      }

      const service = SAMPLE_RUNS[stack].machine;
      if (service === undefined) return;
      for (const tokenEndpointAuthMethod of ['client_secret', 'client_secret_post'] as const) {
        it(`gets a token for a service (${tokenEndpointAuthMethod})`, async () => {
          const output = await service({ scene, registration: { tokenEndpointAuthMethod } });
          expect(output.trim()).to.match(/^Access token for (?:8\d\d|900) seconds$/);
        });
      }

      it('gets a token for the API that the service registered', async () => {
        const output = await service({ scene, registration: { scopes: [JOBS_SCOPE] } });
        expect(output.trim()).to.match(/^Access token for (?:2\d\d|300) seconds$/);
      });
    });
  }

  for (const stack of ['express-openid-connect', 'spring-boot', 'next-auth'] as const) {
    it(`signs a person in with ES256, which ${STACKS[stack].library} expects only when it is set`, async () => {
      const registration = { idTokenSignedResponseAlg: 'ES256' } as const;
      const run = SAMPLE_RUNS[stack].web;
      const values = await run?.({ scene, registration, shared: ['email'] });
      expect(values).to.include({ email: scene.ana.email });
    });
  }

  it('covers every type of app', () => {
    const types = new Set<ApplicationType>(STACK_IDS.flatMap((id) => STACKS[id].types));
    expect([...types]).to.have.members([...APPLICATION_TYPES]);
  });
});
