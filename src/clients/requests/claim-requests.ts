import { lineProblem } from '../../platform/clean-text.ts';
import { isSameText, tidyText } from '../../platform/languages.ts';
import type { Catalogue } from '../../scopes/index.ts';
import { type ClaimRequest, type ClaimRequestInput, DURATIONS, type Purpose } from '../client.ts';
import type { StoredClient } from '../stored-client.ts';

const PURPOSE_RULE = {
  maxLength: 200,
  tooLong: 'purpose_too_long',
  hidden: 'text_unprintable',
} as const;

/** Field errors of a list of requests, as `requests.0.purpose`; empty when all is well. */
export function requestProblems(
  requests: readonly ClaimRequestInput[],
  scopes: readonly string[],
  catalogue: Catalogue,
): Record<string, string> {
  const permitted = new Set(catalogue.permittedClaims(scopes));
  const seen = new Set<string>();
  const problems: Record<string, string> = {};
  for (const [index, request] of requests.entries()) {
    const at = `requests.${String(index)}`;
    if (!permitted.has(request.claim)) problems[`${at}.claim`] = 'claim_not_reachable';
    else if (seen.has(request.claim)) problems[`${at}.claim`] = 'claim_repeated';
    seen.add(request.claim);
    Object.assign(problems, purposeProblems(`${at}.purpose`, request));
    if (!DURATIONS.includes(request.longestDuration)) {
      problems[`${at}.longestDuration`] = 'duration_unknown';
    }
  }
  return problems;
}

function purposeProblems(
  at: string,
  { necessity, purpose }: ClaimRequestInput,
): Record<string, string> {
  const problems: Record<string, string> = {};
  const texts = Object.entries(purpose).map(
    ([locale, text = '']) => [locale, text.trim()] as const,
  );
  const isGiven = texts.some(([, text]) => text !== '');
  // Without an English text some readers would see no reason at all.
  if (purpose.en.trim() === '' && (necessity === 'essential' || isGiven)) {
    problems[`${at}.en`] = 'purpose_missing';
  }
  for (const [language, text] of texts) {
    const problem = lineProblem(text, PURPOSE_RULE);
    if (problem !== null) problems[`${at}.${language}`] = problem;
  }
  return problems;
}

/**
 * Gives each request its purpose version, and counts the highest version of each claim. A claim that is requested again after it was
 * dropped gets a new version even with the same wording, so that people decide again. A voluntary request without a purpose
 * has version 0, like a claim of an app without registered claims: registering it changes nothing for people.
 */
export function numberRequests(
  before: Pick<StoredClient, 'requests' | 'purposeVersions'>,
  inputs: readonly ClaimRequestInput[],
  /** Claims that were requested without being registered. */
  unregistered: readonly string[] = [],
): Pick<StoredClient, 'requests' | 'purposeVersions'> {
  const listed = new Set(inputs.map(({ claim }) => claim));
  const dropped = unregistered.filter((claim) => !listed.has(claim));
  const purposeVersions: Record<string, number> = {
    ...Object.fromEntries(dropped.map((claim) => [claim, 0])),
    ...before.purposeVersions,
  };
  const requests = inputs.map((input): ClaimRequest => {
    const old = before.requests.find(({ claim }) => claim === input.claim);
    const purpose = tidyText(input.purpose);
    const highest = Math.max(purposeVersions[input.claim] ?? 0, old?.purposeVersion ?? 0);
    const isBack = old === undefined && purposeVersions[input.claim] !== undefined;
    const isFirst = old === undefined && !isBack;
    const next = isFirst && isWordless(input.necessity, purpose) ? 0 : highest + 1;
    const isSame = old !== undefined && isSameRequest(old, { ...input, purpose });
    const purposeVersion = isSame ? old.purposeVersion : next;
    const sinceVersion = isBack ? purposeVersion : old?.sinceVersion;
    purposeVersions[input.claim] = Math.max(highest, purposeVersion);
    return {
      claim: input.claim,
      necessity: input.necessity,
      purpose,
      purposeVersion,
      longestDuration: input.longestDuration,
      ...(sinceVersion === undefined ? {} : { sinceVersion }),
    };
  });
  return { requests, purposeVersions };
}

function isSameRequest(one: ClaimRequest, other: ClaimRequestInput): boolean {
  return one.necessity === other.necessity && isSameText(one.purpose, other.purpose);
}

function isWordless(necessity: ClaimRequest['necessity'], purpose: Purpose): boolean {
  return necessity === 'voluntary' && Object.values(purpose).every((text) => text === '');
}
