// Package visualtest stands in for VolcEngine's visual service: the two actions of
// the asynchronous image models, with the real signature, envelopes, limits and
// error codes, and pictures worth looking at. It is part of the product: without
// keys the service runs against it, in "demo mode".
//
// What it takes is read from the catalog: a field that a model's record does not
// have, or a value out of its range, is refused with 50200 and a text that names the
// rule. Where the service itself overlooks something (a field that it does not
// know), the emulator is strict, so that the mistake is seen here first.
//
// It has no goroutines of its own and goes by one clock, so that it works inside
// testing/synctest over net.Pipe.
//
// What it does not do: reference images, callbacks, actions for video.
//
// # Pictures
//
// The same prompt, model, seed and size always give the same picture. Where a model
// has no seed, or none is sent, the n-th task with a prompt draws its n-th variation.
// A coherent set (force_single not true) has as many pictures as the prompt asks for
// ("4张", "a set of 5"), else three. Every picture carries the label that the Chinese
// rules ask of generated pictures, as an iTXt chunk or XMP packet called AIGC, which
// says what aigc_meta does; and the visible mark where logo_info asks for one.
//
// # Control
//
// GET /_emulator/stats counts ([Stats]); with ?prompt=… for one prompt
// ([PromptStats]). POST /_emulator/faults takes a [FaultScript], DELETE clears it, GET
// lists the faults. These answer callers on this machine only.
//
// # Faults
//
// A fault is asked for by "#name" or "#name=value" in the prompt. n is how many calls
// with the prompt it strikes; without it, all of them, where nothing else is said.
//
//	#429[=n]                  HTTP 429, 50429: too many calls a second; once unless n says more
//	#concurrency[=n]          HTTP 429, 50430: too many tasks in flight; once unless n says more
//	#moderated-prompt         50412: the prompt is refused
//	#moderated-words          50413: sensitive words in the prompt
//	#500[=n]                  HTTP 500, 50500: internal error
//	#502[=n]                  HTTP 502 with a page in HTML
//	#denied                   50400: access denied, as where the model is not activated
//	#drop[=n]                 the connection ends without an answer, nothing was accepted
//	#code=code                the submit is refused with this business code
//	#drop-after-accept[=n]    accepted, then the connection ends without an answer
//	#truncated-submit[=n]     accepted, then half of the JSON
//	#hang-submit[=n]          accepted, then no answer until the caller goes away
//	#moderated-output[=n]     50511 as result: the picture is refused; with n only the first n tasks, so that another try is drawn
//	#moderated-copyright[=n]  50519 as result: the picture is refused for copyright
//	#half                     50511 as result of every second task with this prompt
//	#result-code=code         the task fails with this business code
//	#slow=20s                 the task takes this long, at most an hour
//	#never                    the task stays generating until it is forgotten
//	#http200-error            errors come under HTTP 200; with no other fault, the task fails with 50511
//	#lost                     status not_found
//	#expired-task             status expired
//	#50215                    50215, which some models answer for a task that is lost
//	#500-query[=n]            HTTP 500, 50500
//	#502-query[=n]            HTTP 502 with a page in HTML
//	#429-query[=n]            HTTP 429, 50429; once unless n says more
//	#drop-query[=n]           the connection ends without an answer
//	#hang[=n]                 no answer until the caller goes away
//	#truncated-json[=n]       half of the JSON
//	#no-picture               done, but the list of pictures is empty
//	#extra-picture            one picture more than was asked for
//	#expired-link[=n]         links that ended a minute ago: 403
//	#private-link             links to a private address, http://169.254.169.254/
//	#bad-picture[=n]          bytes that are no picture
//	#cut-picture[=n]          a file that ends in the middle of the picture
//	#cut-transfer[=n]         the connection ends in the middle of the file
//	#empty-picture[=n]        no bytes at all
//	#huge-header[=n]          54 bytes of PNG that declare 20000 × 20000
//	#oversized[=n]            a picture, and 96 MiB behind it
//	#trailing[=n]             a zip archive behind the end of the picture
//	#wrong-size[=n]           a picture of half the width and height
//	#404-picture[=n]          HTTP 404
//	#503-picture[=n]          HTTP 503
package visualtest
