package httpapi

import (
	"net/http"

	"github.com/danielgtaylor/huma/v2"
)

const (
	base        = "/api/v1"
	historyPath = base + "/history"
	taskPath    = base + "/task/"
	healthPath  = base + "/health"
	openAPIPath = base + "/openapi.json"
	docsPath    = base + "/docs"
)

// register adds every operation.
func (s *service) register() {
	s.registerTasks()
	s.registerMany()
	s.registerTemplates()
	s.registerPrompts()
	s.registerKeep()
	s.registerBin()
	s.registerBatch()
	s.registerFolders()
	s.registerSearches()
	s.registerLists()
	s.registerFind()
	s.registerFiles()
	s.registerExports()
	s.registerImports()
	s.registerService()
}

func (s *service) registerTasks() {
	add(s, s.operation(huma.Operation{
		OperationID: "generate", Method: http.MethodPost, Path: base + "/generate", DefaultStatus: http.StatusAccepted,
		Summary:     "Ask for pictures",
		Description: "Makes a task and answers at once; follow it at Location. Send an Idempotency-Key, and repeating the request after a broken connection makes nothing twice.",
		RequestBody: requestExample(),
		Errors:      []int{http.StatusBadRequest, http.StatusConflict, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType, http.StatusTooManyRequests},
		Responses:   example(http.StatusAccepted, "The task was made, or was made before with the same key", acceptedExample()),
	}), s.generate)
	add(s, s.operation(huma.Operation{
		OperationID: "get-task", Method: http.MethodGet, Path: taskPath + "{id}",
		Summary:     "Read a task",
		Description: "A task that is not there and one of somebody else are answered alike.",
		Errors:      []int{http.StatusNotFound},
		Responses:   example(http.StatusOK, "The task", taskExample()),
	}), s.get)
	add(s, s.operation(huma.Operation{
		OperationID: "cancel-task", Method: http.MethodPost, Path: taskPath + "{id}/cancel",
		Summary:     "Cancel a task",
		Description: "It is CANCELLED at once. Pictures that the provider has begun may still be charged; their errors tell once that is known.",
		Errors:      []int{http.StatusNotFound, http.StatusConflict},
		Responses:   example(http.StatusOK, "The cancelled task", nil),
	}), s.cancel)
	add(s, s.operation(huma.Operation{
		OperationID: "retry-task", Method: http.MethodPost, Path: taskPath + "{id}/retry",
		Summary:     "Make the pictures that are missing",
		Description: "For a task that is PARTIAL, FAILED or CANCELLED. Pictures that are there stay; one that is paid for and still at the provider is fetched, not made again.",
		Errors:      []int{http.StatusNotFound, http.StatusConflict, http.StatusTooManyRequests},
		Responses:   example(http.StatusOK, "The task, PENDING again", nil),
	}), s.retry)
	s.addLine()
	add(s, s.operation(huma.Operation{
		OperationID: "get-image", Method: http.MethodGet, Path: taskPath + "{id}/images/{n}", DefaultStatus: http.StatusFound,
		Summary: "Show or download one picture",
		Description: "Redirects to a signed address. A picture that is not stored yet is not found. With its recipe the address leads to a copy, which goes after a day; " +
			"a picture that carries a signed proof of origin gets none.",
		Errors:    []int{http.StatusNotFound, http.StatusConflict},
		Responses: example(http.StatusFound, "Where the picture is", nil),
	}), s.image)
}

func (s *service) registerLists() {
	add(s, s.operation(huma.Operation{
		OperationID: "get-tasks", Method: http.MethodGet, Path: base + "/tasks",
		Summary:     "Read several tasks at once",
		Description: "At most 50, in the order asked. Those that are not there are left out.",
		Responses:   example(http.StatusOK, "The tasks", Tasks{Items: []Task{taskExample()}}),
	}), s.getMany)
	add(s, s.operation(huma.Operation{
		OperationID: "list-history", Method: http.MethodGet, Path: historyPath,
		Summary:     "List and search tasks",
		Description: "Filters can be combined. A cursor belongs to the filters of its page, and leads on whatever comes and goes meanwhile.",
		Responses:   example(http.StatusOK, "A page", History{Items: []Task{taskExample()}}),
	}), s.history)
	add(s, s.operation(huma.Operation{
		OperationID: "list-models", Method: http.MethodGet, Path: base + "/models",
		Summary:     "List the models",
		Description: "With all that a form for each needs: fields, bounds, sizes, words.",
		Responses:   example(http.StatusOK, "The models, the default first", nil),
	}), s.listModels)
}

func (s *service) registerService() {
	add(s, s.operation(huma.Operation{
		OperationID: "get-storage", Method: http.MethodGet, Path: base + "/storage",
		Summary:     "Space that pictures take",
		Description: "In the whole installation, and what your own take by what is said of their tasks.",
		Responses:   example(http.StatusOK, "Space used and allowed", nil),
	}), s.storage)
	healthy := example(http.StatusOK, "Every part works", Health{
		Status: healthOK, Mode: "demo", Checks: map[string]string{"store": healthOK, "queue": healthOK, "objects": healthOK},
	})
	op := s.operation(huma.Operation{
		OperationID: "get-health", Method: http.MethodGet, Path: healthPath, Security: openToAll,
		Summary:     "Whether the service can work",
		Description: "Needs no key.",
		Responses:   healthy,
	})
	add(s, op, s.health)
	s.describeFailingHealth()
}
