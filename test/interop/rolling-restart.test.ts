import { restartUnderLoad } from './topology/rolling-restarts.ts';

describe('Rolling restarts under load', function () {
  this.timeout(240_000);

  it('lose no request during three restarts', () =>
    // Longer than nginx skips a restarted node.
    restartUnderLoad({ restarts: 3, drainSeconds: 5 }));
});
