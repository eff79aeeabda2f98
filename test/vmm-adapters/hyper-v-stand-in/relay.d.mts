// Types of relay.mjs.
export const relayDigest: string;
