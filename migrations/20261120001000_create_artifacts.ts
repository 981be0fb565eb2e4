import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table authorization_codes (
      fingerprint bytea primary key,
      grant_id text,
      payload json not null,
      consumed_at timestamptz,
      expires_at timestamptz not null
    );
    create index authorization_codes_grant_id on authorization_codes (grant_id) where grant_id is not null;
    create index authorization_codes_expires_at on authorization_codes (expires_at);

    create table access_tokens (
      fingerprint bytea primary key,
      grant_id text,
      payload json not null,
      consumed_at timestamptz,
      expires_at timestamptz not null
    );
    create index access_tokens_grant_id on access_tokens (grant_id) where grant_id is not null;
    create index access_tokens_expires_at on access_tokens (expires_at);

    create table client_credentials_tokens (
      fingerprint bytea primary key,
      grant_id text,
      payload json not null,
      consumed_at timestamptz,
      expires_at timestamptz not null
    );
    create index client_credentials_tokens_grant_id on client_credentials_tokens (grant_id) where grant_id is not null;
    create index client_credentials_tokens_expires_at on client_credentials_tokens (expires_at);

    create table replay_detections (
      fingerprint bytea primary key,
      grant_id text,
      payload json not null,
      consumed_at timestamptz,
      expires_at timestamptz not null
    );
    create index replay_detections_grant_id on replay_detections (grant_id) where grant_id is not null;
    create index replay_detections_expires_at on replay_detections (expires_at);

    create table initial_access_tokens (
      fingerprint bytea primary key,
      grant_id text,
      payload json not null,
      consumed_at timestamptz,
      expires_at timestamptz not null
    );
    create index initial_access_tokens_grant_id on initial_access_tokens (grant_id) where grant_id is not null;
    create index initial_access_tokens_expires_at on initial_access_tokens (expires_at);

    create table registration_access_tokens (
      fingerprint bytea primary key,
      grant_id text,
      payload json not null,
      consumed_at timestamptz,
      expires_at timestamptz not null
    );
    create index registration_access_tokens_grant_id on registration_access_tokens (grant_id) where grant_id is not null;
    create index registration_access_tokens_expires_at on registration_access_tokens (expires_at);

    create table interactions (
      fingerprint bytea primary key,
      grant_id text,
      sealed_payload bytea not null,
      consumed_at timestamptz,
      expires_at timestamptz not null
    );
    create index interactions_grant_id on interactions (grant_id) where grant_id is not null;
    create index interactions_expires_at on interactions (expires_at);

    create table pushed_authorization_requests (
      fingerprint bytea primary key,
      grant_id text,
      sealed_payload bytea not null,
      consumed_at timestamptz,
      expires_at timestamptz not null
    );
    create index pushed_authorization_requests_grant_id on pushed_authorization_requests (grant_id) where grant_id is not null;
    create index pushed_authorization_requests_expires_at on pushed_authorization_requests (expires_at);

    create table device_codes (
      fingerprint bytea primary key,
      grant_id text,
      user_code_index bytea unique,
      sealed_payload bytea not null,
      consumed_at timestamptz,
      expires_at timestamptz not null
    );
    create index device_codes_grant_id on device_codes (grant_id) where grant_id is not null;
    create index device_codes_expires_at on device_codes (expires_at);

    create table backchannel_authentication_requests (
      fingerprint bytea primary key,
      grant_id text,
      sealed_payload bytea not null,
      consumed_at timestamptz,
      expires_at timestamptz not null
    );
    create index backchannel_authentication_requests_grant_id on backchannel_authentication_requests (grant_id) where grant_id is not null;
    create index backchannel_authentication_requests_expires_at on backchannel_authentication_requests (expires_at);

    -- with codes in Redis: what keeps a spent code spent when Redis forgets
    create table used_codes (
      fingerprint bytea primary key,
      used_at timestamptz not null
    );
    create index used_codes_used_at on used_codes (used_at);
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop table used_codes;
    drop table backchannel_authentication_requests;
    drop table device_codes;
    drop table pushed_authorization_requests;
    drop table interactions;
    drop table registration_access_tokens;
    drop table initial_access_tokens;
    drop table replay_detections;
    drop table client_credentials_tokens;
    drop table access_tokens;
    drop table authorization_codes;
  `);
}
