/** JSON requests to our own server, with the CSRF token of the page. */

/**
 * Posts `body` and returns {status, data, retryAfter}; `retryAfter` in seconds, or null.
 * Rejects only when no answer came at all (network) or when `signal` aborted.
 */
export async function postJson(url, body, { signal } = {}) {
  const response = await fetch(url, {
    method: "POST",
    credentials: "same-origin",
    cache: "no-store",
    redirect: "error",
    headers: {
      "Content-Type": "application/json",
      Accept: "application/json",
      "X-CSRFToken": document.querySelector("input[name=csrfmiddlewaretoken]")?.value ?? "",
    },
    body: JSON.stringify(body),
    signal,
  });
  const data = await response.json().catch(() => null);
  return { status: response.status, data, retryAfter: retryAfter(response, data) };
}

function retryAfter(response, data) {
  const seconds = Number(data?.retry_after ?? response.headers.get("Retry-After"));
  return Number.isFinite(seconds) && seconds > 0 ? Math.min(seconds, 60) : null;
}
