const LONGEST = 500

/**
 * What a mail server answered, without what is personal or secret in it: servers repeat the address that they refuse, and
 * filters the link that they find suspicious.
 */
export function withoutAddresses(answer: string): string {
  return answer
    .slice(0, 2000)
    .replace(/\bhttps?:\/\/\S+/gi, '(link)')
    .replace(/[^\s<>"'(),;:]+@[^\s<>"'(),;:]+/g, '(address)')
    .slice(0, LONGEST)
}
