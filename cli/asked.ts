/** Global options, as far as they can be known of a line that has not been understood yet, or never will be. */
export function asked(argv: readonly string[]): { json: boolean; verbose: boolean } {
  const options = argv.includes('--') ? argv.slice(0, argv.indexOf('--')) : argv
  return { json: options.includes('--json'), verbose: options.includes('--verbose') }
}
