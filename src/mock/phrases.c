#include "mock/phrases.h"

#define LIST(name) static const char *const name[]

LIST(things) = {
	"tidal pools", "steam engines", "medieval guilds", "house plants", "street markets",
	"night trains", "honey bees", "rain barrels", "wooden boats", "public libraries",
	"desert foxes", "coral reefs", "mountain huts", "sourdough starters", "paper mills",
	"chess openings", "railway timetables", "bus drivers", "village choirs", "fish ponds",
	"glass bottles", "wind turbines", "school canteens", "ancient coins", "bicycle lanes",
	"apple orchards", "radio plays", "knitting patterns", "lighthouse keepers",
	"cheese cellars", "river ferries", "crossword puzzles", "garden snails",
	"electric kettles", "marathon runners", "museum guards", "potato farmers",
	"sleeping habits", "family recipes", "tool sheds", "weather balloons",
	"second-hand books", "hospital porters", "compost heaps", "ice rinks",
	"football referees", "violin makers", "postage stamps", "solar panels",
	"wedding speeches", "cold remedies", "fire drills", "tea plantations", "dance lessons",
	"sand dunes", "salt mines", "city pigeons", "thunder clouds", "rental contracts",
	"neighbourhood feuds", "job interviews", "savings accounts", "vaccination campaigns",
	"election posters", "border crossings", "charity shops", "office printers",
	"spelling reforms", "folk tales", "board games", "cattle auctions", "bread ovens",
	"camping stoves", "spider webs", "vegetable soups", "language courses", "winter tyres",
	"toy shops", "space probes", "maple forests", "oyster beds", "volcanic islands",
	"parking fines", "clock towers", "barn owls", "pocket calculators", "swimming lessons",
	"travel insurances", "repair cafes", "pasta shapes", "mobile phones", "sign languages",
	"migrating cranes", "harbour cranes", "flood barriers", "canal locks", "hiking boots",
	"choir rehearsals", "stone bridges", "beer gardens", "pension funds", "kitchen knives",
	"tax returns", "allergy tests", "guide dogs", "sheep dogs", "car batteries",
	"roof gardens", "carpet weavers", "shoe repairs", "sleeping bags", "noise complaints",
	"rocket stoves", "mushroom walks", "bird boxes", "snow ploughs", "cotton fields",
	"dental visits", "morning routines", "power cuts", "lost umbrellas", "evening classes",
	"youth hostels", "hedge mazes", "olive harvests", "wolf packs", "customer surveys",
	"traffic lights", "memory tricks", "silk scarves", "peat bogs", "rubber ducks",
	"watch repairers", "chestnut trees", "puppet theatres", "lunch breaks", "recycling bins",
	"seed catalogues", "student loans", "telescope mirrors", "insurance claims", "tram stops",
	"shadow puppets", "attic rooms", "fountain pens", "glacier tours", "brass bands",
	"water meters", "laundry symbols", "pepper plants", "hotel breakfasts", "dice games",
	"rescue helicopters", "book clubs", "moss lawns", "toll roads", "prime numbers",
	"leap years", "metal detectors", "fog horns", "blood donations", "fruit flies",
	"concrete floors", "secret ballots", "ship wrecks",
};

LIST(adjectives) = {
	"overgrown", "portable", "old-fashioned", "abandoned", "affordable", "noisy", "forgotten",
	"self-made", "modern", "tiny", "enormous", "traditional", "unreliable", "crowded",
	"colourful", "energy-saving", "well-kept", "rural", "urban", "coastal", "seasonal",
	"mysterious", "popular", "fragile", "heavy", "hand-painted", "second-rate",
	"award-winning", "expensive", "rusty", "remote", "shared", "temporary", "famous",
	"neglected", "prize-winning", "local", "northern", "southern", "tropical", "alpine",
	"historic", "experimental", "solar-powered", "half-finished", "well-meant", "quiet",
	"rainproof", "fireproof", "child-friendly", "private", "state-run", "family-owned",
	"automatic", "broken", "restored", "imported", "home-grown", "disputed", "endangered",
	"ordinary", "unusual", "silent", "wasteful", "clever", "outdated", "reliable",
	"poorly lit", "brightly lit", "slow", "hidden", "floating", "wooden-framed", "dusty",
	"luxurious", "simple", "complicated", "nineteenth-century", "futuristic", "volunteer-run",
	"underrated",
};

LIST(deeds) = {
	"repairing a bicycle chain", "growing tomatoes on a balcony", "learning to juggle",
	"writing a thank-you letter", "saving water at home", "teaching a parrot to speak",
	"planning a surprise party", "packing for a week of rain", "cooking for twelve guests",
	"cleaning an oven", "choosing a first telescope", "moving house with two cats",
	"training for a half marathon", "reading a bus timetable", "haggling at a flea market",
	"sewing on a button", "building a bird box", "keeping a diary", "learning Portuguese",
	"changing a fuse", "asking for a pay rise", "giving up sugar", "watching meteor showers",
	"baking rye bread", "sharing a flat", "hanging wallpaper", "apologising to a neighbour",
	"brewing ginger beer", "pruning an apple tree", "preparing a power cut kit",
	"sleeping on night trains", "speaking in front of a class", "comparing phone contracts",
	"renting a rowing boat", "founding a book club", "keeping bees", "selling old furniture",
	"cycling to work in winter", "mending a leaking tap", "dyeing wool with onion skins",
	"learning the piano as an adult", "visiting a hospital ward", "feeding garden birds",
	"starting a compost heap", "navigating by the stars",
	"crossing a busy street with children", "remembering names", "signing a rental contract",
	"restoring a wooden chair", "walking a nervous dog", "explaining fractions",
	"collecting sea glass", "waxing skis", "caring for an orchid", "running a lemonade stand",
	"hosting an exchange student", "volunteering at a food bank", "taking part in a jury",
	"tuning a guitar", "folding fitted sheets", "drying herbs", "camping without a tent",
	"planting a hedge", "catching the last ferry", "negotiating with a landlord",
	"singing in a choir", "polishing silver", "budgeting as a student",
	"returning a faulty toaster", "sorting a stamp collection", "making cheese at home",
	"calming a crying baby", "reading a weather chart", "staying awake on a long drive",
	"building a dry stone wall", "learning first aid", "swapping seeds with neighbours",
	"organising a street festival", "measuring a room for a carpet", "lighting a wood stove",
};

LIST(places) = {
	"in a mountain village", "on a small island", "in a crowded city", "by the sea",
	"in a desert town", "on the edge of a forest", "in a northern harbour", "in the suburbs",
	"at a railway station", "in a hospital", "at a primary school", "in an old factory",
	"on a river barge", "in the tropics", "during a heatwave", "in late autumn",
	"on a rainy Sunday", "before the first frost", "during a long strike",
	"in the nineteenth century", "in the year 2080", "after a flood", "at a county fair",
	"in a shared office", "on a tight budget", "without electricity",
	"with three small children", "on a night shift", "in a retirement home",
	"at high altitude", "in an underground car park", "at the end of a holiday",
	"under a new mayor", "in a border town", "during the harvest", "on a cargo ship",
	"in a student flat", "behind a bakery", "in a cold spring", "next to an airport",
	"at a Roman fort", "in a fishing port", "in the Arctic", "at a monastery",
	"on a Scottish moor", "in a Sicilian courtyard", "on the plains of Mongolia",
	"in a Tokyo suburb", "along the Danube", "in the Andes", "at a motorway service area",
	"in a kindergarten", "on the roof of a tower block",
	"in a valley without phone reception", "between two elections",
};

LIST(people) = {
	"a retired sailor", "a nervous bride", "a ten-year-old", "a busy nurse",
	"a tired night porter", "a first-time visitor", "an impatient customer",
	"a strict librarian", "a curious tourist", "an apprentice carpenter", "a village mayor",
	"a shy pupil", "a taxi driver", "a young farmer", "a retired judge",
	"an over-eager intern", "a grandmother of nine", "a sceptical engineer",
	"a homesick student", "a football coach", "a hotel manager", "a new neighbour",
	"a pastry chef", "a bee keeper", "a train conductor", "a school caretaker",
	"a lighthouse keeper", "a violinist", "a colour-blind painter", "a bored security guard",
	"a proud allotment holder", "a translator", "a museum guide", "a stubborn mule driver",
	"a tax adviser", "a mountain guide", "a postwoman", "a young widower", "a pharmacist",
	"a deaf musician", "a retired astronaut", "a trainee pilot", "a vegetarian butcher",
	"a lottery winner", "a lost hiker", "a rival shopkeeper", "a child psychologist",
	"a small-town journalist", "a crossword fanatic", "an exhausted parent",
	"a part-time magician",
};

LIST(limits) = {
	"in at most sixty words", "in exactly three sentences", "without using the letter z",
	"in the style of a sports commentator", "as if it were breaking news", "in plain words",
	"with one vivid comparison", "and give a reason for each point", "in chronological order",
	"and end with a question", "without any technical terms", "in rhyming couplets",
	"and mention one common mistake", "using only short sentences", "in the second person",
	"and name two alternatives", "from the most to the least important",
	"with a hint of irony", "and keep it polite", "without naming any brand",
	"and state what is still unknown", "in the present tense",
	"so that it can be read aloud in one minute", "with figures where possible",
	"and explain each term you use", "and suggest a next step", "as a dialogue of six lines",
	"in the form of a checklist", "and weigh both sides", "with an opening that surprises",
	"in British spelling", "and give a rough cost in euros", "as a telegram",
	"with three sub-headings", "without giving any advice", "and add a counterexample",
	"in a warm and encouraging tone", "and include one proverb",
	"for somebody who has never heard of it", "as a memo to the board",
};

LIST(forms) = {
	"a limerick", "a short fable", "a polite letter", "a list of seven tips",
	"a product description", "a diary entry", "a newspaper headline with a subtitle",
	"a radio advert", "a speech of two minutes", "a bedtime story", "a haiku", "a riddle",
	"a table with three columns", "a quiz of five questions", "an obituary",
	"a mission statement", "a set of house rules", "a complaint", "a love letter",
	"a weather report", "a short sketch for two actors", "a glossary", "a timeline",
	"a eulogy", "a postcard", "a press release", "an interview", "a packing list",
	"a lesson plan", "a toast", "a shopping list", "a stand-up routine",
	"a ballad of four verses", "a job advertisement", "a guest book entry", "a safety notice",
	"a chain of tongue-twisters", "a business plan",
};

LIST(texts) = {
	"letter to the editor", "customer review", "meeting protocol", "diary page",
	"news report", "recipe", "e-mail", "speech", "user manual", "poem", "film review",
	"job advertisement", "text message", "travel report", "lecture note", "court ruling",
	"love letter", "advert", "forum post", "interview", "menu", "doctor's note",
	"short story", "legal notice", "press release", "school essay", "chat log",
	"contract clause", "museum label", "bug report", "sermon", "proverb", "weather warning",
	"product description", "wedding speech", "timetable", "survey answer",
};

LIST(edits) = {
	"Rewrite", "Shorten", "Simplify", "Proofread", "Paraphrase", "Extend",
	"Translate into French", "Summarise", "Turn into a dialogue", "Put into formal English",
	"Punctuate", "Condense", "Rephrase politely", "Translate into Spanish",
	"Split into paragraphs", "Retell backwards",
};

LIST(finds) = {
	"every date", "all names of people", "the main argument", "each price",
	"the three key facts", "every promise that is made", "all quantities with their units",
	"the author's opinion", "each open question", "every place name",
	"the cause and the effect", "all adjectives", "each deadline", "the weakest claim",
	"every figure of speech", "the unspoken assumption",
};

LIST(questions) = {
	"Why do people argue about", "What is the best way to learn about",
	"What would change without", "Who profits from", "What are common myths about",
	"When is it worth paying for", "How much does one have to know about",
	"What do experts get wrong about", "Which skills are needed for",
	"What makes one afraid of", "How can one measure the success of",
	"Where does the fashion for",
};

LIST(writes) = {
	"Compose", "Write", "Sketch", "Invent", "Improvise", "Produce", "Prepare", "Draft",
	"Come up with", "Put together", "Create", "Devise",
};

LIST(explains) = {
	"Explain", "Describe", "Outline", "Illustrate", "Clarify", "Discuss", "Justify", "Sum up",
	"Analyse", "Investigate", "Interpret", "Review", "Demystify",
};

LIST(compares) = {
	"Compare", "Contrast", "Weigh up", "Find three parallels between",
	"Explain the difference between", "List what is shared by",
	"Decide who should spend more on",
};

LIST(plans) = {
	"Plan", "Organise", "Schedule", "Work out the steps for", "Estimate the cost of",
	"Set up a budget for", "Foresee the risks of", "Set out a time plan for",
	"Suggest improvements to",
};

LIST(judges) = {
	"Decide whether", "Tell whether", "Say whether", "Judge whether", "Determine whether",
	"State whether", "Indicate if", "Find out whether",
};

LIST(sorts) = {
	"Classify", "Label", "Categorise", "Tag", "Sort", "Grade", "Assign a category to",
	"Put under one heading",
};

LIST(aspects) = {
	"tone", "urgency", "topic", "intention", "sentiment", "reading level", "register",
	"genre", "reliability", "point of view", "purpose", "mood", "target group",
	"degree of politeness", "main emotion",
};

LIST(counts) = {
	"two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "twelve",
};

LIST(amounts) = {
	"14", "18", "23", "27", "36", "42", "48", "55", "63", "72", "85", "96", "110", "125",
	"144", "168", "210", "250", "320", "365", "480", "540", "725", "960", "1,250", "2,400",
};

LIST(verbs) = {
	"depends on", "has changed", "was helped by", "gains from", "is rarely compared with",
	"costs less than", "owes much to", "goes well with", "takes more patience than",
	"began long before", "is often mistaken for", "relies on", "was shaped by",
	"suffers from", "makes room for", "asks for", "outlives",
};

LIST(openings) = {
	"In short,", "As a rule,", "Most people agree that", "It is worth knowing that",
	"At first sight", "According to those who know,", "Over the years", "In practice",
	"Surprisingly,", "For a start,", "By contrast,", "Even so,", "As it happens,",
	"Looking closer,", "On the whole,", "To begin with,",
};

/* These have slots. */
LIST(topics) = {
	"{adj} {thing} {place}", "{deed} {place}", "{adj} {thing} and {adj} {thing}",
	"{deed} with {adj} {thing}", "{adj} {thing} instead of {adj} {thing}",
	"{deed} next to {adj} {thing}", "{deed} {place} or {deed} {place}",
	"{adj} {thing} as {who} knows them", "{thing}, {thing} and {adj} {thing}",
	"{deed} despite {adj} {thing}", "{who} and {adj} {thing}",
};

#define ROW(slot, list) { slot, sizeof(slot) - 1, list, sizeof(list) / sizeof(*(list)), false }
const struct phrases phrases_of[] = {
	ROW("thing", things), ROW("adj", adjectives), ROW("deed", deeds), ROW("place", places),
	ROW("who", people), ROW("limit", limits), ROW("form", forms), ROW("text", texts),
	ROW("edit", edits), ROW("find", finds), ROW("question", questions), ROW("write", writes),
	ROW("explain", explains), ROW("compare", compares), ROW("plan", plans),
	ROW("judge", judges),
	ROW("sort", sorts), ROW("aspect", aspects), ROW("count", counts), ROW("amount", amounts),
	ROW("verb", verbs), ROW("opening", openings),
	{ "topic", 5, topics, sizeof(topics) / sizeof(*topics), true },
};
const size_t phrases_count = sizeof(phrases_of) / sizeof(*phrases_of);

const struct label_set label_sets[] = {
	{ { "yes", "no" } },
	{ { "true", "false" } },
	{ { "positive", "negative", "neutral" } },
	{ { "urgent", "routine" } },
	{ { "formal", "informal" } },
	{ { "fact", "opinion" } },
	{ { "spam", "personal", "business" } },
	{ { "question", "request", "complaint", "praise" } },
	{ { "past", "present", "future" } },
	{ { "humorous", "serious" } },
	{ { "beginner", "intermediate", "expert" } },
	{ { "sports", "politics", "culture", "science" } },
	{ { "cheap", "fair", "overpriced" } },
	{ { "polite", "rude" } },
	{ { "complete", "incomplete" } },
	{ { "safe", "risky", "dangerous" } },
	{ { "invoice", "reminder", "receipt" } },
	{ { "child", "teenager", "adult" } },
	{ { "agree", "disagree", "undecided" } },
	{ { "low", "medium", "high" } },
	{ { "novel", "drama", "poetry" } },
	{ { "hopeful", "resigned", "angry" } },
	{ { "plant", "animal", "mineral" } },
	{ { "delivery", "payment", "returns", "other" } },
	{ { "sincere", "ironic" } },
	{ { "north", "south", "east", "west" } },
	{ { "breakfast", "lunch", "dinner" } },
	{ { "cause", "effect" } },
	{ { "valid", "invalid" } },
	{ { "private", "public" } },
	{ { "advert", "editorial", "report" } },
	{ { "singular", "plural" } },
};
const size_t label_set_count = sizeof(label_sets) / sizeof(*label_sets);
