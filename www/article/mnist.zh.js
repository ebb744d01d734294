/** mnist 一课的文章，中文。 @module */

/** @import {Article, Try} from './types.js' */

/** @typedef {Try['actions']} Actions */

const TUTORIAL = {
  cell: 'lstm',
  trainOn: 'last',
  scan: 'down',
  hiddenSize: 64,
  batchSize: 64,
  learningRate: 0.01,
  shuffle: true,
  carryState: false,
  clipNorm: null,
};
/** 60,000 张图片学一遍所需的步数。 */
const EPOCH = 938;

/** @param {Record<string, unknown>} changed 与教程不同的选项 @returns {Actions} */
const trained = (changed = {}, seed = 1) => [
  ['set', { ...TUTORIAL, ...changed }],
  ['reset', { seed }],
  ['step', EPOCH],
];

/** @type {Article} */
export const article = {
  sections: [
    {
      id: 'belief-tape',
      title: '它什么时候知道的？',
      body: [
        '一行 28 个像素就是一个<em>时间步</em>。读完最后一行，输出层（一个线性层）把<em>隐藏状态</em>变成十个 <em>logits</em>，每个数字一个分数，再由 softmax 变成概率。逐行预测图在每一行之后都问一次输出层，并标出从哪一行起首选不再改变。',
        '读这张图要当心：输出层只在第 28 行之后训练过。读到第 14 行，它答对的还不到五分之一，却平均把一半的概率给了首选。就连笔画已经结束的那一行，准确率也只有 60% 到 70%，读完下面的空白行才达到 95% 到 96%。它并不是带着结论走过这些空白行，结论正是在那里得出的。改成每一行都训练，读完半张图就有九成能认对，而最后的准确率不变。',
      ],
      figure: 'belief-tape',
      caption: '左边是数字，右边是每一行之后各个数字的概率；逐行拖动，标记处就是它拿定主意的地方。',
      tries: [
        {
          label: '只训练最后一行，读一个 0',
          claim: '标记靠近数字的底部。',
          actions: [...trained(), ['figure', 'belief-tape', { digit: 0, row: 14 }]],
        },
        {
          label: '每一行都训练，再读这个 0',
          claim: '标记靠近数字的顶部。',
          actions: [
            ...trained({ trainOn: 'every' }),
            ['figure', 'belief-tape', { digit: 0, row: 14 }],
          ],
        },
      ],
    },
    {
      id: 'live-scan',
      title: '写一个，再擦掉几行',
      body: [
        '写一个数字，逐行预测图和概率条都跟着你的笔变化。写下的数字会像 MNIST 那样缩放、居中，所以添上一笔，所有的行都可能跟着移动：网络读的是那张小图，不是手写板。',
        '现在擦掉一行。这一行以上什么都不变，因为网络看不到后面；从这一行起，判断分成两支，图上两支都画了出来。无论擦的是哪一行，判断因此改变的数字最多约十分之一；擦掉中间三行，约三分之一会改变。关键在于擦的是哪三行：这个 7 少了第 8、9 两行，还是 7；连第 10 行也擦掉，横就整个没有了，我们训练的网络约有一半会把它认作 1。',
      ],
      figure: 'belief-tape',
      needs: 'drawing',
      tries: [
        {
          label: '擦掉 7 的第 8、9 行',
          claim: '还是 7。',
          actions: [...trained({}, 2), ['figure', 'belief-tape', { digit: 7, erase: [8, 9] }]],
        },
        {
          label: '擦掉 7 的整个一横',
          claim: '用种子 2 训练，它成了 1；用种子 1，还是 7。',
          actions: [...trained({}, 2), ['figure', 'belief-tape', { digit: 7, erase: [8, 9, 10] }]],
        },
        {
          label: '擦掉 8 的第 11 至 13 行',
          claim: '不再是 8 了；变成什么，随种子而定。',
          actions: [
            ...trained({}, 2),
            ['figure', 'belief-tape', { digit: 8, erase: [11, 12, 13] }],
          ],
        },
      ],
    },
    {
      id: 'inside',
      title: '循环单元内部',
      body: [
        '除了隐藏状态 <em>h</em>，LSTM 还有<em>细胞状态 c</em>，也就是图中最上面那条线。每读一行，它先乘以遗忘门 <em>f</em>，再加上候选值 <em>g</em>，加多少由输入门 <em>i</em> 决定，此外再没有什么改动它。四个方框读入的东西相同：当前行 <em>x</em> 和上一步的 <em>h</em>。输出门 <em>o</em> 决定 <em>c</em> 有多少成为新的 <em>h</em>。门后的线越深，说明门放过的越多。选一个部分，或者把一行的计算从头走一遍，看看某个单元的算式和数值。',
        '现在来固定一个门，64 个单元一起固定。不许它遗忘，十个数字就只认得对一个，和瞎猜没有两样：不会遗忘，记忆也就没有用处。在第 8 行把 <em>c</em> 清空，几乎没有影响；在第 14 行清空，五个里仍能认对四个左右：<em>h</em> 里还留着一点，下半部分也还没有读。要是在这里把 <em>h</em> 也一并清空，就只能认对一半左右。可要是把 <em>c</em> 冻结在第 14 行，就什么也读不出来了：它此时存下的还不是判断，只是等着与后面的内容相加的材料。如果训练时每一行都要它回答，冻结在第 14 行照样能认对九成上下。',
      ],
      figure: 'inside',
      caption:
        '某个单元在某一行的数值。逐行预测图上是网络此时对这个数字的判断；线框是各门都保持学到的值时的判断。',
      tries: [
        {
          label: '从不遗忘',
          claim: '遗忘门固定为 1，7 认不出来了。',
          actions: [
            ...trained(),
            ['figure', 'inside', { digit: 7, part: 'forget', hold: 'never-forget' }],
          ],
        },
        {
          label: '在第 14 行清空 c',
          claim: '靠 h 里剩下的和下半部分，还是 7。',
          actions: [
            ...trained(),
            ['figure', 'inside', { digit: 7, part: 'forget', row: 14, hold: 'wipe-at' }],
          ],
        },
        {
          label: '每一行都训练，冻结在第 14 行',
          claim: '还是 7：这个网络存下了判断。',
          actions: [
            ...trained({ trainOn: 'every' }),
            ['figure', 'inside', { digit: 7, part: 'input', row: 15, hold: 'frozen' }],
          ],
        },
        {
          label: '第 28 行之前什么也不输出',
          claim: '门看不到前面读过的内容，留下来的也就没有用处。',
          actions: [
            ...trained(),
            ['figure', 'inside', { digit: 7, part: 'output', row: 27, hold: 'hidden' }],
          ],
        },
      ],
    },
    {
      id: 'gate-film',
      title: '门在做什么',
      body: [
        '这回 64 个单元一起看：<code>c = f·c + i·g</code>，<code>h = o·tanh(c)</code>。三个门 <em>f</em>、<em>i</em>、<em>o</em> 都在 0 和 1 之间，候选值 <em>g</em> 在 −1 和 1 之间。',
        '训练之前，三个门都在一半附近。训练之后，在有笔画的行上，遗忘门约有六分之一超过 0.9，意思是留住；约有十分之一到五分之一低于 0.1，意思是抹去。出人意料的是空白行：在数字上方，饱和（接近 0 或 1）的门很少；在数字下方，超过 0.9 的遗忘门却有四分之一左右。同样是空白的输入，门的反应不同，可见它们也受隐藏状态影响。还有，<em>c</em> 没有上限：有些单元远超过 1，在有些数字上还超过 10。',
      ],
      figure: 'gates',
      caption:
        '当前数字的各个门和状态，一行一行、一个单元一个单元地看；单元可以按峰值所在的行排列。',
      tries: [
        {
          label: '训练之前',
          claim: '每个门都半开着。',
          actions: [
            ['set', TUTORIAL],
            ['reset', { seed: 1 }],
            ['figure', 'gates', { digit: 0, show: 'all', sort: 'none' }],
          ],
        },
        {
          label: '训练后的遗忘门，排序',
          claim: '数字上方少有饱和的，数字下方很多。',
          actions: [...trained(), ['figure', 'gates', { digit: 0, show: 'forget', sort: 'peak' }]],
        },
        {
          label: '细胞状态',
          claim: '越往下越大。',
          actions: [...trained(), ['figure', 'gates', { digit: 0, show: 'c', sort: 'peak' }]],
        },
      ],
    },
    {
      id: 'rnn-lstm',
      title: 'RNN 对 LSTM',
      body: [
        '教程说，LSTM 的效果比普通的 RNN 好多了。确实如此：训练一个 epoch 之后，LSTM 能认对约 96% 的测试数字，RNN 只有三分之一到三分之二，视种子而定。但这里面有一部分要归因于<em>学习率</em>：从 0.01 降到 0.003，RNN 能认对 76% 到 88%，LSTM 仍在 95% 左右。（只用一个线性层、一次看整张图，能认对 91% 到 92%。）',
        '通常的解释是，RNN 的梯度在回传途中消失了。看看训练之前的条形图：<strong>两者</strong>都消失了。到达第 28 行的梯度，传到第 1 行至多剩百万分之几，因为 LSTM 的遗忘门起初在一半附近，每过一行，梯度就减半。差别在于它们学到了什么。一百步之后，LSTM 的条形几乎一样高：它把门打开了。RNN 的梯度也不再那么小，却高低不平，一步一个样。',
      ],
      figure: 'gradient-flow',
      caption:
        '同样的种子，同样的批次：上面是三条损失曲线，下面是损失对 28 行中每一行之后隐藏状态的梯度范数。',
      tries: [
        {
          label: '训练之前的梯度',
          claim: '传到第 1 行，三者都所剩无几。',
          actions: [
            ['set', TUTORIAL],
            ['reset', { seed: 1 }],
            ['figure', 'gradient-flow', { steps: 0, at: 0 }],
          ],
        },
        {
          label: '训练一百步',
          claim: 'LSTM 的条形升到了差不多的高度。',
          actions: [
            ['set', TUTORIAL],
            ['reset', { seed: 1 }],
            ['figure', 'gradient-flow', { steps: 100, at: 100 }],
          ],
        },
        {
          label: '用小一些的学习率',
          claim: '这样，RNN 也学会了。',
          actions: [
            ['set', { ...TUTORIAL, learningRate: 0.003 }],
            ['reset', { seed: 1 }],
            ['figure', 'gradient-flow', { steps: EPOCH, at: EPOCH }],
          ],
        },
      ],
    },
    {
      id: 'mistakes',
      title: '它错在哪里',
      body: [
        '测试集的前 2,000 个数字，它会认错 75 到 120 个。<em>混淆矩阵</em>说明什么认成了什么：每一行是一个真实的数字，每一列是一种判断。哪种错误最常见，随种子而变；哪个数字最难，也随种子而变：这一次训练里看着像规律的，下一次可能就不见了。',
        '错的时候，它多半是犹豫的：典型的错误概率在 0.7 上下，典型的正确答案则超过 0.99。但也有五分之一到四分之一的错误，概率超过 0.9，可见有把握不等于对。有几个数字，比如第 445 号测试图片，几乎每个种子都认错。点一张图片，在逐行预测图上看看它是从哪一行开始错的。',
      ],
      figure: 'mistakes',
      caption:
        '混淆矩阵、每个数字的准确率，以及按严重程度排列的错误；点一张，它就会出现在手写板和逐行预测图上。',
      tries: [
        {
          label: '读 2,000 个测试数字',
          actions: [...trained(), ['evaluate', 2000], ['figure', 'mistakes', { index: null }]],
        },
        {
          label: '第 445 号测试图片',
          claim: '这是一个 6，我们训练的网络几乎都认作 0。',
          actions: [...trained(), ['evaluate', 2000], ['figure', 'mistakes', { index: 445 }]],
        },
      ],
    },
    {
      id: 'scan-order',
      title: '换一种读法',
      body: [
        'LSTM 并不知道什么是上、什么是下。从最后一行往上读，或者不按行而按列读，训练一个 epoch 之后，都能认对全部测试数字的 95% 到 97%；读法之间的差别，不比种子之间的差别大。',
        '再把 784 个像素全部打乱，每张图都用同一种顺序，每次读 28 个。在我们眼里，这只是一片噪点，网络却仍能认对全部 10,000 个中的约 94%（本页只测前 2,000 个，它们稍难一些）：错误多了一半，但远没有垮掉。可见像素相邻对它有帮助，却并非不可缺少。你可以照常写字：手写板上是你写的数字，旁边是网络读到的样子。',
      ],
      figure: 'scan-order',
      caption: '数字本身，以及网络在每个时间步读到的内容。',
      tries: [
        {
          label: '从下往上读',
          claim: '一样好，差别在种子的波动之内。',
          actions: [
            ['figure', 'scan-order', { scan: 'up' }],
            ...trained({ scan: 'up' }),
            ['evaluate', 2000],
          ],
        },
        {
          label: '一列一列地读',
          claim: '还是一样好。',
          actions: [
            ['figure', 'scan-order', { scan: 'columns' }],
            ...trained({ scan: 'columns' }),
            ['evaluate', 2000],
          ],
        },
        {
          label: '按固定的乱序读',
          claim: '差一点，但远没有垮掉。',
          actions: [
            ['figure', 'scan-order', { scan: 'permuted' }],
            ...trained({ scan: 'permuted' }),
            ['evaluate', 2000],
          ],
        },
      ],
    },
    {
      id: 'code',
      title: '代码',
      body: [
        '这一课的代码，一份用 PyTorch，与教程一致；一份用 Burn。其中的常数取自当前这次训练；换一种循环单元、换一种读法，或者改变在哪些行上训练，相应的几行代码也会改变。',
        '有三个数值得留意：28 个输入，因为一行有 28 个像素；28 个时间步，因为一共 28 行；64 个隐藏单元，则是人为的选择。<code>r_out[:, -1, :]</code> 是教程从所有隐藏状态中留下的全部，也就是最后一个。教程最后读了测试集的前十个数字，十个全对；我们训练的六个网络里，有三个认错了其中的第九个，一个写得很散的 5。',
        '教程的读者常问两件事。如果像第一课那样，把状态从一批传给下一批，而不传 <code>None</code>，会怎样？那样每张图片一开始就带着另一张图片的残余，网络只好学着不去理会它：用 PyTorch 从两个种子各训练一个 epoch，传递状态的准确率是 94.9% 和 94.7%，不传递是 95.0% 和 96.1%。在这里，打开“传递状态”这个设置就行。需要裁剪梯度吗？五步里约有两步，梯度的范数大于 1，裁到 1 确实有作用；但一个 epoch 之后，差别并不比换一个种子更大（95.6% 和 96.2%），裁到 0.1 反倒让一百个数字里多错一个左右。',
      ],
      figure: 'code',
      caption: '当前这次训练的程序，其中的常数随设置而变。',
      tries: [
        {
          label: '普通的 RNN，用 PyTorch 来写',
          claim: 'nn.LSTM 变成 nn.RNN。',
          actions: [
            ['set', { ...TUTORIAL, cell: 'rnn' }],
            ['figure', 'code', { language: 'pytorch' }],
          ],
        },
        {
          label: '传递状态，用 PyTorch 来写',
          claim: 'None 变成上一批的状态。',
          actions: [
            ['set', { ...TUTORIAL, carryState: true }],
            ['figure', 'code', { language: 'pytorch' }],
          ],
        },
        {
          label: '教程的设置，用 Burn 来写',
          actions: [
            ['set', TUTORIAL],
            ['figure', 'code', { language: 'burn' }],
          ],
        },
      ],
    },
  ],
  closing:
    '所谓门，就是 0 和 1 之间的一个数，由网络自己一行一行地决定。LSTM 生来并没有好记性，好记性是学来的，而在这个网页上，大约一百步就够了。',
};
