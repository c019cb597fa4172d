const DIGIT = /\p{Nd}/u

/**
 * Decimal digits of any script as 0 to 9: phones with Arabic, Persian or Bengali keyboards type their own. Unicode keeps
 * the ten digits of a script side by side in order, and blocks that touch each other are whole tens.
 */
export function asciiDigits(text: string): string {
  return text.replace(/\p{Nd}/gu, digit => {
    const own = digit.codePointAt(0)!
    let first = own
    while (DIGIT.test(String.fromCodePoint(first - 1))) first -= 1
    return String((own - first) % 10)
  })
}
