import Bowser from 'bowser';

/** The common name of the browser and the system of a person. Names are brands, the same in every language. */
export interface DeviceWords {
  /** For example `Firefox`; null for an unknown one. */
  readonly browser: string | null;
  /** For example `Windows` or `iPhone`; null for an unknown one. */
  readonly system: string | null;
}

/** Shorter names than those of the library. */
const NAMES: Readonly<Record<string, string>> = {
  'Microsoft Edge': 'Edge',
  'Samsung Internet for Android': 'Samsung Internet',
  macOS: 'Mac',
  'Chrome OS': 'ChromeOS',
};

/** For a program that it does not know, the library returns a part of the header, which the caller wrote. */
const BROWSERS = new Set(Object.values(Bowser.BROWSER_MAP));

/** Reads browser and system from a User-Agent header. Both are unverified, and never text of the header itself. */
export function describeDevice(userAgent: string): DeviceWords {
  if (userAgent === '') return { browser: null, system: null };
  const { browser, os, platform } = Bowser.parse(userAgent);
  // For a phone or tablet of Apple the model is known, and more common than the name of the system.
  const system = os.name === 'iOS' ? (platform.model ?? os.name) : os.name;
  const known = BROWSERS.has(browser.name ?? '') ? browser.name : undefined;
  return { browser: nameOf(known), system: nameOf(system) };
}

function nameOf(name: string | undefined): string | null {
  return name === undefined || name === '' ? null : (NAMES[name] ?? name);
}
