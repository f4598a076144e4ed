import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { Lifetime } from '../../../cli/lifetime';
import { noProgress } from '../../../cli/progress';
import { apiUrl } from '../../../deployed/discover';
import { cloudDirectory } from '../../../deployed/local-clouds';
import { resumeCloud } from '../../../local/cloud/cloud';
import type { Deployed } from './deployed';
import { startCopy } from './original';

/** A local cloud for one test, which can stop it and kill its processes. */
export class OwnCloud {
  deployed!: Deployed;

  private constructor(
    private readonly port: number,
    private readonly state: string,
    private lifetime: Lifetime,
  ) {}

  static async start(): Promise<OwnCloud> {
    const lifetime = new Lifetime();
    const { port, state, deployment } = await startCopy(lifetime);
    const cloud = new OwnCloud(port, state, lifetime);
    cloud.use(deployment);
    return cloud;
  }

  /** Starts the stopped emulator again, with its state. */
  async resume(): Promise<void> {
    this.lifetime = new Lifetime();
    const { port, state, lifetime } = this;
    // This variable is set for the operators' commands. With it, no emulator would be started.
    delete process.env.AWS_ENDPOINT_URL;
    this.use(await resumeCloud({ port, state, lifetime, progress: noProgress }));
  }

  /** Stops the emulator with SIGTERM. */
  stop(): Promise<void> {
    return this.lifetime.end();
  }

  /** Kills the processes of a function, like a power failure. @returns the number of processes */
  async kill(functionName: string): Promise<number> {
    const { stdout } = await promisify(execFile)('ps', ['-eo', 'pid=,args=']);
    const code = path.join(cloudDirectory(String(this.port)), 'tmp', `ministack-lambda-${functionName}`);
    const running = stdout.split('\n').filter((line) => line.includes(code));
    return running.filter((line) => {
      try {
        return process.kill(Number.parseInt(line, 10), 'SIGKILL');
      } catch {
        return false; // It has ended in the meantime.
      }
    }).length;
  }

  private use(deployment: Deployed['deployment']): void {
    this.deployed = { deployment, url: apiUrl(deployment, 'checkout') };
  }
}
