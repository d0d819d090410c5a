/** The sign of the product. */
export function Mark({ size }: { size: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden>
      <rect width="32" height="32" rx="7" fill="#12303d" />
      <path d="M6 18h20l-3.200 6.200a2 2 0 0 1-1.800 1.100H11a2 2 0 0 1-1.800-1.100z" fill="#5cc0d3" />
      <path
        d="M10 16v-4.200h12V16M16 11.800V7"
        stroke="#e3eaef"
        strokeWidth="2.200"
        fill="none"
        strokeLinecap="round"
      />
    </svg>
  );
}
