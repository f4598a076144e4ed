export * from '../../../node_modules/@smithy/core/dist-es/submodules/client/index.js';

/**
 * Replaces the function that makes the SDK's classes of commands in the bundle of a simulator. A command has only its input: the
 * middleware that each would build for itself takes a twentieth of a world's time, and nothing is sent.
 */
export function makeBuilder() {
  return () =>
    class {
      constructor(input) {
        this.input = input;
      }
    };
}
