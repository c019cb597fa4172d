/** The chain cannot be continued: its tip or its key is not what Gatehouse wrote. */
export class BrokenChain extends Error {}
