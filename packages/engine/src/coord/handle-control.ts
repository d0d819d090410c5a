import type { ControlHandler } from '../control/control-server.ts';
import type { RunControl } from '../control/run-control.ts';
import type { SourceFence } from '../control/source-fence.ts';

/** Carries out what operators ask of a running migration. */
export function handleControl(control: RunControl, fence: SourceFence): ControlHandler {
  return (request) => {
    switch (request.command) {
      case 'status':
        return Promise.resolve({ ...control.snapshot() });
      case 'pause':
        control.pause();
        return Promise.resolve({});
      case 'resume':
        control.resume();
        return Promise.resolve({});
      case 'stop':
        control.stop();
        return Promise.resolve({});
      case 'rate':
        control.setRates({
          ...(request.rateKeys === undefined ? {} : { rateKeys: request.rateKeys }),
          ...(request.rateBytes === undefined ? {} : { rateBytes: request.rateBytes }),
        });
        return Promise.resolve({ ...control.rates });
      case 'fence':
        return fence.fence();
      case 'unfence':
        return fence.unfence().then(() => ({}));
    }
  };
}
