import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { resumeCloud, startCloud } from '../../local/cloud';
import { cloudDirectory } from '../../local/clouds';
import { apiUrl } from '../../local/discover';
import { findFreePort } from '../../local/emulator';
import { Lifetime } from '../../local/lifetime';
import { noProgress } from '../../local/progress';
import type { Deployed } from './deployed';

/** A local cloud of a test's own, which may be hurt. */
export class OwnCloud {
  private lifetime = new Lifetime();
  deployed!: Deployed;

  private constructor(
    private readonly port: number,
    private readonly state: string,
  ) {}

  static async start(): Promise<OwnCloud> {
    const cloud = new OwnCloud(await findFreePort(), await mkdtemp(path.join(tmpdir(), 'event-broker-state-')));
    const { port, state, lifetime } = cloud;
    cloud.use(await startCloud({ port, state, lifetime, progress: noProgress }));
    return cloud;
  }

  /** Stops the emulator in an orderly way and starts it again, with what it had. */
  async restart(): Promise<void> {
    await this.lifetime.end();
    this.lifetime = new Lifetime();
    const { port, state, lifetime } = this;
    // The operators' commands were told by it where to look; an emulator that is given would not be started.
    delete process.env.AWS_ENDPOINT_URL;
    this.use(await resumeCloud({ port, state, lifetime, progress: noProgress }));
  }

  async stop(): Promise<void> {
    await this.lifetime.end();
    await rm(this.state, { recursive: true, force: true });
  }

  /** Kills the processes that run a function, as if their machine had lost its power. @returns how many */
  async kill(functionName: string): Promise<number> {
    const { stdout } = await promisify(execFile)('ps', ['-eo', 'pid=,args=']);
    const code = path.join(cloudDirectory(String(this.port)), 'tmp', `ministack-lambda-${functionName}`);
    const running = stdout.split('\n').filter((line) => line.includes(code));
    return running.filter((line) => {
      try {
        return process.kill(Number.parseInt(line, 10), 'SIGKILL');
      } catch {
        return false; // It has ended meanwhile.
      }
    }).length;
  }

  private use(deployment: Deployed['deployment']): void {
    this.deployed = { deployment, url: apiUrl(deployment, 'checkout') };
  }
}
