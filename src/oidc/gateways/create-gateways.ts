import type { FastPathContext } from '../fast-path/context.ts';
import { requireGateway } from './find-gateway.ts';
import type { GatewayUseCases } from './gateway-routes.ts';
import { beginSignIn, beginSignOut, finishSignIn } from './gateway-sign-in.ts';
import { verifyAccess } from './verify-access.ts';

/** Connects the use cases of gateways to the provider that is in use at each call. */
export function createGateways(current: () => FastPathContext): GatewayUseCases {
  return {
    require: (input) => requireGateway(current(), input),
    verify: (gateway, request) => verifyAccess(current(), gateway, request),
    beginSignIn: (gateway, to) => beginSignIn(current(), gateway, to),
    finishSignIn: (gateway, input) => finishSignIn(current(), gateway, input),
    beginSignOut: (gateway) => beginSignOut(current(), gateway),
  };
}
