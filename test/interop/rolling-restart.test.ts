import { restartUnderLoad } from '../topology/rolling-restarts.ts';

describe('Rolling restarts under load', function () {
  this.timeout(240_000);

  it('lose no request in three restarts', () =>
    // Longer than nginx leaves a restarted node out.
    restartUnderLoad({ restarts: 3, drainSeconds: 5 }));
});
