import type { Static } from 'typebox';

import { ACCOUNTS, LIFETIMES } from './account-settings.ts';
import { BRANDING } from './branding-settings.ts';
import { MAIL, SMS } from './message-settings.ts';
import { SECRETS } from './secret-settings.ts';
import { LIMITS, PAGES, SERVER } from './server-settings.ts';
import type { Setting } from './setting.ts';
import { STORAGE } from './storage-settings.ts';

/** Every setting, by group. The only list: parsing, `consentry doctor` and docs/configuration.md use it. */
export const SETTING_GROUPS = {
  Server: SERVER,
  Storage: STORAGE,
  Secrets: SECRETS,
  Mail: MAIL,
  SMS,
  Accounts: ACCOUNTS,
  Lifetimes: LIFETIMES,
  Limits: LIMITS,
  Pages: PAGES,
  Branding: BRANDING,
};

/** The parsed value of each setting; a setting without a value has no member. */
export type SettingValues = Intersection<
  Static<(typeof SETTING_GROUPS)[keyof typeof SETTING_GROUPS]>
>;

/** The name of a setting: an environment variable. */
export type SettingName = keyof SettingValues;

/** The settings of a group, in the order of the documentation. */
export function settingsOf(group: {
  readonly properties: object;
}): readonly (readonly [SettingName, Setting])[] {
  return Object.entries(group.properties) as readonly [SettingName, Setting][];
}

type Intersection<Union> = (Union extends unknown ? (value: Union) => void : never) extends (
  value: infer All,
) => void
  ? All
  : never;
