import { restartUnderLoad } from '../interop/topology/rolling-restarts.ts';

describe('Rolling restarts under load', () => {
  it('lose no request during twenty restarts', () =>
    restartUnderLoad({ restarts: 20, drainSeconds: 10 }));
});
