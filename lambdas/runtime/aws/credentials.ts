/** Replaces `@aws-sdk/credential-provider-node` in bundles, see lib/broker/bundling/bundle.ts: reads only the environment. */
export { fromEnv as defaultProvider } from '@aws-sdk/credential-provider-env';
