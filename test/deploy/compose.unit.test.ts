import fs from 'node:fs';

import { expect } from 'chai';
import { parse } from 'yaml';

import { LONGEST_STOP_MS } from '../../src/cli/shutdown.ts';
import { readConfig } from '../../src/config/config.ts';
import { TEST_ENVIRONMENT } from '../support/config.ts';

interface Service {
  readonly cap_drop?: readonly string[];
  readonly cap_add?: readonly string[];
  readonly security_opt?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly command?: readonly string[];
  readonly ports?: readonly string[];
  readonly stop_grace_period?: string;
}

const text = fs.readFileSync(new URL('../../docker-compose.yml', import.meta.url), 'utf8');
const { services } = parse(text, { merge: true }) as { services: Record<string, Service> };

const PRODUCTION = {
  ...TEST_ENVIRONMENT,
  NODE_ENV: 'production',
  ISSUER: 'https://id.example.org',
  DATABASE_URL: 'postgres://database/consentry',
  KEY_STORE_URL: 'postgres://database/consentry_keys',
  SMTP_URL: 'smtp://mail',
  MAIL_FROM: 'no-reply@example.org',
  RATE_LIMITS: 'true',
};

/** Capabilities that the entry point of an image needs before it changes to an unprivileged user. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  setup: ['CHOWN', 'DAC_OVERRIDE', 'FOWNER'],
  database: ['CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'SETGID', 'SETUID'],
  proxy: ['CHOWN', 'SETGID', 'SETUID'],
};

describe('docker-compose.yml', () => {
  it('drops unneeded capabilities and forbids new privileges for every service', () => {
    expect(Object.keys(services)).to.have.members([
      'setup',
      'database',
      'redis',
      'mail',
      'migrate',
      'server-a',
      'server-b',
      'proxy',
    ]);
    for (const [name, service] of Object.entries(services)) {
      expect(service.cap_drop, name).to.deep.equal(['ALL']);
      expect(service.security_opt, name).to.deep.equal(['no-new-privileges:true']);
      expect(service.cap_add ?? [], name).to.deep.equal(ALLOWED[name] ?? []);
    }
  });

  it('configures Redis with a password file, and the servers with an address file', () => {
    expect(services['redis']?.command?.slice(0, 2)).to.deep.equal([
      'redis-server',
      '/run/redis-secrets/redis.conf',
    ]);
    for (const name of ['server-a', 'server-b', 'migrate']) {
      const environment = services[name]?.environment ?? {};
      expect(environment['REDIS_URL_FILE'], name).to.equal('/run/consentry/redis_url');
      expect(environment, name).not.to.have.property('REDIS_URL');
    }
    const setup = fs.readFileSync(
      new URL('../../deploy/setup/make-secrets.sh', import.meta.url),
      'utf8',
    );
    expect(setup).to.include('requirepass').and.include('redis_url');
  });

  it('has a stop grace period longer than the longest stop of a node', () => {
    const { drainSeconds } = readConfig({ dataFolder: '', environment: PRODUCTION });
    expect(drainSeconds).to.be.above(0);
    for (const name of ['server-a', 'server-b']) {
      const seconds = Number(services[name]?.stop_grace_period?.replace(/s$/, ''));
      expect(seconds, name).to.be.at.least(drainSeconds + LONGEST_STOP_MS / 1000);
    }
  });

  it('publishes only the proxy, and the mail catcher on the local address', () => {
    const published = Object.entries(services).filter(([, service]) => service.ports !== undefined);
    expect(published.map(([name]) => name)).to.have.members(['proxy', 'mail']);
    expect(services['mail']?.ports).to.deep.equal(['127.0.0.1:8025:8025']);
  });
});
