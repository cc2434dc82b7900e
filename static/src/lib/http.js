/** JSON requests to our own server, with the CSRF token of the page. */

/**
 * Answers {status, data, retryAfter}; `retryAfter` in seconds, or null; `data` null without JSON.
 * `keepalive`: the request outlives the page. Rejects only when no answer came at all (network)
 * or when `signal` aborted.
 */
export async function askJson(method, url, { body, signal, keepalive = false } = {}) {
  const response = await fetch(url, {
    method,
    credentials: "same-origin",
    cache: "no-store",
    redirect: "error",
    headers: {
      ...(body === undefined ? {} : { "Content-Type": "application/json" }),
      Accept: "application/json",
      "X-CSRFToken": document.querySelector("input[name=csrfmiddlewaretoken]")?.value ?? "",
    },
    body: body === undefined ? undefined : JSON.stringify(body),
    signal,
    keepalive,
  });
  const data = response.status === 204 ? null : await response.json().catch(() => null);
  return { status: response.status, data, retryAfter: retryAfter(response, data) };
}

export const postJson = (url, body, options) => askJson("POST", url, { ...options, body });

function retryAfter(response, data) {
  const seconds = Number(data?.retry_after ?? response.headers.get("Retry-After"));
  return Number.isFinite(seconds) && seconds > 0 ? Math.min(seconds, 60) : null;
}
