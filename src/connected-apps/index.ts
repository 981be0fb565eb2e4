/** connected-apps: the access that apps have to a person's values, how to change it, and the yearly check-up. */
import { bindUseCases } from '../platform/bind-use-cases.ts';
import { findCheckUpTimes, readCheckUp, recordCheckUp } from './check-up.ts';
import { readConnectedApp, readLatestReads } from './connected-app.ts';
import type { ConnectedAppsContext } from './context.ts';
import { readFormerApp } from './former-app.ts';
import { findReadersOfValues, listConnectedApps, listFormerApps } from './list-connected-apps.ts';

export { consentEventWording } from './consent-event-wording.ts';

/** Connects the use cases to their dependencies. */
export function createConnectedApps(ctx: ConnectedAppsContext) {
  return bindUseCases(ctx, {
    list: listConnectedApps,
    listFormer: listFormerApps,
    readersOfValues: findReadersOfValues,
    read: readConnectedApp,
    readFormer: readFormerApp,
    latestReads: readLatestReads,
    checkUp: readCheckUp,
    checkUpTimes: findCheckUpTimes,
    recordCheckUp,
  });
}

export type ConnectedApps = ReturnType<typeof createConnectedApps>;
