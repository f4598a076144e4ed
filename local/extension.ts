import type { Deployment } from '../deployed/discover';

/** The additions of the project's extension to `npm start`. */
export interface StartExtension {
  /** Returns the text printed after `Ready`, for example how to send a first request. */
  readonly instructions?: (deployment: Deployment) => string;
}
